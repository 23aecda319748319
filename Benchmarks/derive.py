"""`registry derive` as a whole process, and the bytes that a child adds on disk.

    python Benchmarks/derive.py [ROUNDS]
"""

import json
import pathlib
import sqlite3
import sys
import tempfile

import measure

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
binary, weights = measure.registry(), measure.pretrained()
photos = measure.ROOT / "fixtures/photos"


def stored(home):
    # What still waits in the write-ahead log is moved into the catalogue first.
    connection = sqlite3.connect(home / "registry.sqlite")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return measure.folder_bytes(home / "objects") + (home / "registry.sqlite").stat().st_size


with tempfile.TemporaryDirectory() as folder:
    home = pathlib.Path(folder) / ".registry"

    def registry(*arguments):
        return measure.run([binary, *arguments, "--json"], cwd=folder)

    registry("init")
    registry("import-images", photos / "wolfdog", "--dataset", "wolfdog")
    registry("import-images", photos / "coyote", "--dataset", "coyote")
    registry("import-model", weights, "--name", "efficientnet-lite0")
    registry("derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--train")
    runs, added = [], []
    for number in range(rounds):
        before = stored(home)
        runs.append(registry("derive", "--from", "wolfdog", "--head", "coyote", "--name",
                             f"coyote-{number}", "--seed", str(number)))
        added.append(stored(home) - before)
    answer = json.loads(runs[-1].output)

seconds = [run.seconds for run in runs]
print(f"registry derive, whole process, {rounds} times: minimum {min(seconds) * 1e3:.0f} ms, "
      f"median {measure.median(seconds) * 1e3:.0f} ms, maximum {max(seconds) * 1e3:.0f} ms")
print(f"head and its pack: {answer['bytes_added']} bytes; on disk, catalogue included: median "
      f"{measure.median(added):.0f}, maximum {max(added)} bytes")
print(f"budget: {answer['bytes_added']} + 16384 bytes")
