"""Import of 1,000 photographs (decode, check, digest, store durably) beside Pillow's decode and
resize alone. The shared photographs are repeated with a comment of their own until there are
1,000. Needs Pillow.

    python Benchmarks/import.py [ROUNDS]
"""

import pathlib
import sys
import tempfile

import measure

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
count = 1000
binary = measure.registry()
sources = sorted(path for path in (measure.PHOTOS / "wolfdog").rglob("*") if path.is_file())
peer = pathlib.Path(__file__).parent / "peers/pillow_import.py"
ours, again, pillow = [], [], []

with tempfile.TemporaryDirectory() as folder:
    photos = pathlib.Path(folder) / "photos"
    for number in range(count):
        source = sources[number % len(sources)]
        target = photos / source.parent.name / f"{number}{source.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        # A JPEG comment after the start marker makes the bytes new and leaves the picture alone.
        data, text = source.read_bytes(), str(number).encode()
        comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
        target.write_bytes(data[:2] + comment + data[2:] if data[:2] == b"\xff\xd8" else data)
    for round in range(rounds):
        place = pathlib.Path(folder) / f"registry-{round}"
        measure.run([binary, "init", place])
        command = [binary, "import-images", photos, "--dataset", "photos", "--registry",
                   place / ".registry", "--json"]
        ours.append(measure.run(command))
        again.append(measure.run(command))
        pillow.append(measure.run([sys.executable, peer, photos]))


def row(name, runs):
    seconds = measure.median([run.seconds for run in runs])
    return [name, f"{seconds:.2f}", f"{count / seconds:.0f}",
            f"{measure.median([run.cpu for run in runs]):.2f}",
            f"{measure.median([run.megabytes for run in runs]):.0f}"]


measure.table([f"{count} photographs, median of {rounds}", "seconds", "images/s", "CPU seconds",
               "peak MB"], [
    row("registry import-images", ours),
    row("registry import-images, the same folder again", again),
    row("Pillow, decode and resize", pillow),
])
print(f"\nimages/s: {measure.median([p.seconds for p in pillow]) / measure.median([o.seconds for o in ours]):.2f} x Pillow's; "
      f"CPU: {measure.median([o.cpu for o in ours]) / measure.median([p.cpu for p in pillow]):.2f} of Pillow's")
