"""Questions to registries of 1,000, 10,000 and 100,000 model versions, each with ten images and a
hundred metric points for every version, in deep and wide lineages. What is asked has the same answer
in each, so that a time that grows with the registry shows.

    swift build -c release --product ScaleBenchmark
    python Benchmarks/scale.py [--keep FOLDER] [VERSIONS...]      default: 1000 10000 100000

Registries are filled in memory, in /dev/shm, where flushing costs nothing, and asked on the disk.
With --keep they stay in FOLDER and are not filled again.
"""

import hashlib
import json
import pathlib
import shutil
import sys
import tempfile
import time

import measure

arguments = sys.argv[1:]
kept = None
if arguments[:1] == ["--keep"]:
    kept, arguments = pathlib.Path(arguments[1]).resolve(), arguments[2:]
sizes = [int(word) for word in arguments] or [1000, 10_000, 100_000]
binary, weights = measure.registry(), measure.pretrained()
benchmark = measure.ROOT / ".build/release/ScaleBenchmark"
photos = measure.ROOT / "fixtures/photos"
ROUNDS = 11
# The digest of an image of the family, as Benchmarks/Scale/RegistryFilling.swift draws it.
IMAGE = hashlib.sha256(b"/photos/probe-photos/0.jpg").hexdigest()

SOME_RUNS = "params.optimizer = 'adamw' and metrics.test_accuracy > 0.5"
SOME_MODELS = "descendant of probe-base and not origin = 'trained'"

# What is run as a whole process; the questions of Benchmarks/Scale/Questions.swift are asked of the
# library too.
COMMANDS = {
    "--version": ["--version"],
    "lineage": ["lineage", "probe-25", "--json"],
    "lineage --ancestors": ["lineage", "probe-49", "--ancestors", "--json"],
    "lineage --descendants": ["lineage", "probe-25", "--descendants", "--json"],
    "metrics": ["metrics", "probe-trained", "--json"],
    "metrics --key": ["metrics", "probe-trained", "--key", "validation_loss", "--json"],
    "trace": ["trace", IMAGE, "--json"],
    "datasets NAME": ["datasets", "probe-photos", "--json"],
    "datasets": ["datasets", "--limit", "10", "--json"],
    "models": ["models", "--json"],
    "models NAME": ["models", "probe-25", "--json"],
    "models NAME --versions": ["models", "probe-trained", "--versions", "--json"],
    "models --where": ["models", "--where", SOME_MODELS, "--json"],
    "runs": ["runs", "--json"],
    "runs --where, few": ["runs", "--where", "descendant of probe-25@1", "--json"],
    "runs --where, many": ["runs", "--where", SOME_RUNS, "--limit", "20", "--json"],
    "runs --sort": ["runs", "--sort", "metrics.test_accuracy desc", "--json"],
    "alias": ["alias", "probe-25@1", "production", "--json"],
    "derive": ["derive", "--from", "wolfdog", "--head", "coyote", "--new-version", "--json"],
}


def fill(folder, versions):
    """A registry with that many versions; says how long it took and how large it is."""
    home = folder / ".registry"
    if home.exists():
        return None
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        place = pathlib.Path(memory)

        def registry(*words):
            return measure.run([binary, *words, "--json"], cwd=place)

        registry("init")
        registry("import-images", photos / "wolfdog", "--dataset", "wolfdog")
        registry("import-images", photos / "coyote", "--dataset", "coyote")
        registry("import-model", weights, "--name", "efficientnet-lite0")
        registry("derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--train")
        start = time.perf_counter()
        measure.run([benchmark, "fill", place / ".registry", str(versions)])
        seconds = time.perf_counter() - start
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(place / ".registry", home)
    return seconds


def ask(folder):
    """Milliseconds of each question: whole process, and in the library."""
    answers = {}
    output = measure.run([benchmark, "ask", folder / ".registry", str(ROUNDS)]).output
    library = {item["question"]: item for item in json.loads(output)["questions"]}
    for name, words in COMMANDS.items():
        runs = [measure.run([binary, *words], cwd=folder) for _ in range(ROUNDS)]
        answers[name] = {
            "process": measure.median([run.seconds for run in runs]) * 1000,
            "bytes": len(runs[0].output),
            "megabytes": max(run.megabytes for run in runs),
            **library.get(name, {}),
        }
    return answers


def main(top):
    found, about = {}, []
    for versions in sizes:
        folder = top / str(versions)
        seconds = fill(folder, versions)
        size = (folder / ".registry/registry.sqlite").stat().st_size / 1e6
        about.append([f"{versions:,}", "" if seconds is None else f"{seconds:.0f}", f"{size:,.0f}"])
        found[versions] = ask(folder)
        print(json.dumps(found[versions]), file=sys.stderr, flush=True)
    measure.table(["model versions", "seconds to fill", "catalogue, MB"], about)
    print()
    header = ["question", "answer"]
    header += [f"library, {size:,}" for size in sizes] + [f"process, {size:,}" for size in sizes]
    rows = []
    for name in COMMANDS:
        per = [found[size][name] for size in sizes]
        answers = {one.get("answer") for one in per}
        assert len(answers) == 1, f"{name} has the answers {answers}"
        rows.append(
            [name, per[0].get("answer", f"{per[0]['bytes']:,} bytes")]
            + [f"{one['median_ms']:.2f}" if "median_ms" in one else "" for one in per]
            + [f"{one['process']:.0f}" for one in per])
    measure.table(header, rows)


if kept:
    main(kept)
else:
    with tempfile.TemporaryDirectory() as folder:
        main(pathlib.Path(folder))
