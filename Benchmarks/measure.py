"""Runs commands as whole processes and measures them: wall seconds, CPU seconds, peak memory."""

import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PHOTOS = ROOT.parent / "shared/data"


def registry():
    """The release binary; `make release` builds it."""
    path = ROOT / ".build/release/registry"
    if not path.exists():
        sys.exit("Build it first: make release")
    return str(path)


def pretrained():
    """The path of the pretrained EfficientNet-Lite0."""
    return subprocess.run(
        [ROOT / "scripts/fetch-pretrained.sh"], check=True, capture_output=True, text=True
    ).stdout.strip()


class Measured:
    """What one process took."""

    def __init__(self, seconds, usage, output):
        self.seconds = seconds
        self.cpu = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss / 1024
        self.output = output


def run(command, cwd=None, env=None):
    """Runs a command, which must succeed, and waits for it."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} failed with {process.returncode}: {output.decode()}")
    return Measured(seconds, usage, output)


def median(values):
    return statistics.median(values)


def folder_bytes(folder):
    """The bytes that the files below a folder take."""
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file())


def table(header, rows):
    """Prints a table in Markdown."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
