"""Plants duplicates, crops, poor pictures and wrong labels among photographs and measures what
`registry check` finds of them.

    python3 Benchmarks/check.py REGISTRY PHOTOS [PRETRAINED] [--page FILE.html]

REGISTRY is the command, PHOTOS a folder with one folder of photographs for each label, PRETRAINED a file
of weights for the labels. Needs Pillow. Prints, for each kind, how many were planted, how many of these were
found, and how many others were told of.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

from PIL import Image, ImageFilter

arguments = sys.argv[1:]
page = None
if "--page" in arguments:
    place = arguments.index("--page")
    page = str(pathlib.Path(arguments[place + 1]).resolve())
    del arguments[place:place + 2]
command = str(pathlib.Path(arguments[0]).resolve())
photos = pathlib.Path(arguments[1])
pretrained = str(pathlib.Path(arguments[2]).resolve()) if len(arguments) > 2 else None
random.seed(17)

originals = []
for path in sorted(photos.glob("*/*")):
    try:
        with Image.open(path) as image:
            image.load()
            if min(image.size) >= 100:
                originals.append((path, image.convert("RGB")))
    except OSError:
        pass
random.shuffle(originals)
pool = iter(originals)
PLANTS = 12
rows = []  # file, label, split
expected = {}  # kind -> set of sets of names, or of names


def keep(folder, path, split="train"):
    name = f"{path.parent.name}-{path.name}"
    (folder / name).write_bytes(path.read_bytes())
    rows.append([name, path.parent.name, split])
    return name


def save(folder, image, name, label, split, **options):
    image.save(folder / name, **options)
    rows.append([name, label, split])


def cropped(image, least, most):
    width, height = image.size
    left, right = (int(width * random.uniform(least, most)) for _ in range(2))
    top, bottom = (int(height * random.uniform(least, most)) for _ in range(2))
    return image.crop((left, top, width - right, height - bottom))


def copies(folder, kind, change, count=PLANTS, **options):
    """Copies in the test split of photographs in the training split."""
    pairs = set()
    for number in range(count):
        path, image = next(pool)
        first = keep(folder, path)
        second = f"{kind.replace(' ', '-')}-{number}.{options.get('format', 'jpeg').lower()}"
        save(folder, change(image), second, path.parent.name, "test",
             **{"format": "JPEG", "quality": 85, **options})
        pairs.add(frozenset([first, second]))
    expected[kind] = pairs


def damaged(folder, kind, change, count=6):
    names = set()
    for number in range(count):
        path, image = next(pool)
        name = f"{kind}-{number}.png"
        save(folder, change(image), name, path.parent.name, "train")
        names.add(name)
    expected[kind] = names


def registry(*words):
    result = subprocess.run([command, *words, "--json"], cwd=home, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{words}: {result.stdout}{result.stderr}")
    return json.loads(result.stdout)


with tempfile.TemporaryDirectory() as temporary:
    home = pathlib.Path(temporary)
    folder = home / "photos"
    folder.mkdir()
    copies(folder, "same pixels", lambda image: image, format="PNG", quality=None)
    copies(folder, "smaller", lambda image: image.resize((image.width * 2 // 3, image.height * 2 // 3)))
    copies(folder, "quality 30", lambda image: image, quality=30)
    copies(folder, "brighter", lambda image: image.point(lambda value: min(255, int(value * 1.2))))
    copies(folder, "crop 0-5 %", lambda image: cropped(image, 0.02, 0.05))
    copies(folder, "crop 5-10 %", lambda image: cropped(image, 0.05, 0.10))
    copies(folder, "crop 10-15 %", lambda image: cropped(image, 0.10, 0.15))
    damaged(folder, "tiny", lambda image: image.resize((50, 50)))
    damaged(folder, "blurred",
            lambda image: image.filter(ImageFilter.GaussianBlur(min(image.size) / 80)))
    damaged(folder, "dark", lambda image: image.point(lambda value: value // 5))
    damaged(folder, "overexposed", lambda image: image.point(lambda value: min(255, value + 190)))
    damaged(folder, "grey", lambda image: image.convert("L").convert("RGB"))
    damaged(folder, "odd_aspect", lambda image: image.resize((400, 100)))
    rest = list(pool)
    for path, _ in rest:
        keep(folder, path, random.choice(["train", "train", "train", "test"]))
    labels = sorted({row[1] for row in rows})
    wrong = random.sample(rows[-len(rest):], max(4, len(rest) // 10))
    for row in wrong:
        row[1] = random.choice([label for label in labels if label != row[1]])
    expected["wrong label"] = {row[0] for row in wrong}
    listing = home / "photos" / "labels.jsonl"
    listing.write_text("".join(
        json.dumps({"path": name, "label": label, "split": split}) + "\n"
        for name, label, split in rows))

    registry("init")
    imported = registry("import-images", "photos", "--dataset", "planted", "--labels", str(listing))
    words = ["check", "planted"]
    if pretrained:
        registry("import-model", pretrained, "--name", "base")
        words += ["--model", "base"]
    first = registry(*words)
    again = registry(*words)
    if page:
        subprocess.run([command, *words, "--output", page, "--quiet"], cwd=home, check=True,
                       stdout=subprocess.DEVNULL)

print(f"{first['images']} images ({imported['images']['rejected']} rejected); {first['seconds']:.2f} s, "
      f"again {again['seconds']:.2f} s with {again['cache']['misses']} measured")


def name(image):
    return pathlib.Path(image["path"]).name


def report(kind, planted, found):
    print(f"{kind:>14}  planted {len(planted):3}  found {len(planted & found):3}  "
          f"others {len(found - planted):3}")


pairs = {frozenset(map(name, pair["images"])): pair["kind"] for pair in first["duplicates"]}
every = set()
for kind, planted in expected.items():
    if planted and isinstance(next(iter(planted)), frozenset):
        every |= planted
        kinds = sorted({pairs[pair] for pair in planted if pair in pairs})
        print(f"{kind:>14}  planted {len(planted):3}  found {len(planted & set(pairs)):3}  as {kinds}")
others = [(pair, kind) for pair, kind in pairs.items() if pair not in every]
print(f"{'other pairs':>14}  {len(others)}")
for pair, kind in others[:20]:
    print("               ", kind, *sorted(pair))
for kind in ["tiny", "blurred", "dark", "overexposed", "grey", "odd_aspect"]:
    report(kind, expected[kind],
           {name(defect["image"]) for defect in first["defects"] if defect["kind"] == kind})
if first["label_issues"] is not None:
    report("wrong label", expected["wrong label"],
           {name(issue["image"]) for issue in first["label_issues"]})
    hardest = {name(image["image"]) for image in first["hardest"][:len(expected["wrong label"])]}
    report("hardest", expected["wrong label"], hardest)
