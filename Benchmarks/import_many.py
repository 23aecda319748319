"""Import of many small images: rate, peak memory, the same folder again, one image more, and what
lists, checks, derives and verifies them takes. Draws distinct PNG files of 32 x 32 pixels. Needs numpy.

    python Benchmarks/import_many.py [--keep FOLDER] [COUNT...]      default: 1000 10000 100000

With --keep the pictures stay in FOLDER and are not drawn again.
"""

import json
import pathlib
import struct
import sys
import tempfile
import zlib

import numpy

import measure

arguments = sys.argv[1:]
kept = None
if arguments[:1] == ["--keep"]:
    kept, arguments = pathlib.Path(arguments[1]).resolve(), arguments[2:]
counts = [int(word) for word in arguments] or [1000, 10_000, 100_000]
binary, weights = measure.registry(), measure.pretrained()
LABELS = ["coyote", "dingo", "dog", "dhole", "fox", "golden", "jackal", "maned", "wild", "wolf"]


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


HEADER = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0))
END = chunk(b"IEND", b"")


def draw(number):
    """A PNG of eight by eight random fields: no two look alike."""
    fields = numpy.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=numpy.uint8)
    pixels = fields.repeat(4, axis=0).repeat(4, axis=1).reshape(32, 96)
    rows = numpy.concatenate([numpy.zeros((32, 1), numpy.uint8), pixels], axis=1)
    return HEADER + chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)) + END


def write(folder, numbers):
    for number in numbers:
        label = LABELS[number % len(LABELS)]
        path = folder / label / f"{number // 1000:04}"
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{number:07}.png").write_bytes(draw(number))


rows = []
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for count in sorted(counts):
        photos = (kept or folder) / f"photos-{count}"
        if not photos.exists():
            write(photos, range(count))
        home = folder / f"registry-{count}"
        measure.run([binary, "init", home])

        def registry(*arguments):
            return measure.run([binary, *arguments, "--registry", home, "--json"])

        def add(name, run, what=""):
            per = f"{count / run.seconds:,.0f}" if what == "rate" else ""
            rows.append([f"{count:,}", name, f"{run.seconds:.2f}", per, f"{run.cpu:.2f}",
                         f"{run.megabytes:.0f}"])
            print(rows[-1], file=sys.stderr, flush=True)

        first = registry("import-images", photos, "--dataset", "many")
        answer = json.loads(first.output)
        assert answer["images"]["added"] == count, answer["images"]
        add("import-images", first, "rate")
        again = registry("import-images", photos, "--dataset", "many")
        assert json.loads(again.output)["version"] == 1
        add("import-images, the same folder again", again, "rate")
        write(photos, [10_000_000])
        more = registry("import-images", photos, "--dataset", "many")
        assert json.loads(more.output)["version"] == 2
        add("import-images, with one image more", more, "rate")
        next(photos.rglob("10000000.png")).unlink()
        add("datasets many", registry("datasets", "many"))
        add("datasets", registry("datasets"))
        add("check", registry("check", "many"), "rate")
        add("check, again", registry("check", "many"), "rate")
        registry("import-model", weights, "--name", "efficientnet-lite0")
        add("derive", registry("derive", "--from", "efficientnet-lite0", "--head", "many"))
        add("verify", registry("verify"))

measure.table(["images", "command", "seconds", "images/s", "CPU seconds", "peak MB"], rows)
