"""Children on the disk: frozen, last stage fine-tuned and wholly fine-tuned, beside copies.

    python Benchmarks/deltas.py [ROUNDS] [--build release|debug]

Needs git-lfs (`apt-get install git-lfs`), a Python with mlflow, and `make release` with `swift build -c
release --product DeltaBenchmark`. Trains children of one model with `registry train`, then stores each
of them once more: as a delta and as a whole by the library, as a file in a repository with git-lfs, and
as an artifact of a run in a file store of MLflow. Bytes are what a child adds to a store that has the
base already. Seconds of git-lfs are those of `git add` and `git commit`, and of checking the file out
again; those of MLflow are calls in one process that has imported it, which takes seconds more.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

import measure

build = sys.argv[sys.argv.index("--build") + 1] if "--build" in sys.argv else "release"
rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 5
products = measure.ROOT / ".build" / build
binary, benchmark = products / "registry", products / "DeltaBenchmark"
photos = measure.PHOTOS / "wolfdog"
if not photos.exists():
    photos = measure.ROOT / "fixtures/photos/wolfdog"

CHILDREN = {
    "frozen, new head": ["--epochs", "30"],
    "last stage, AdamW, rate 1e-4": [
        "--epochs", "3", "--learning-rate", "1e-4", "--unfreeze", "_blocks.15.*",
        "--unfreeze", "_conv_head", "--unfreeze", "_bn1"],
    "everything, AdamW, rate 1e-4": [
        "--epochs", "3", "--learning-rate", "1e-4", "--unfreeze", "*"],
    "everything, SGD, rate 1e-3": [
        "--epochs", "3", "--optimizer", "sgd", "--learning-rate", "1e-3", "--unfreeze", "*"],
    "everything, as it comes": ["--epochs", "3", "--unfreeze", "*"],
}


def lfs(folder, base, child):
    """Bytes, seconds to write and to read of a child in a repository that has the base."""
    repository = folder / "lfs"
    repository.mkdir()

    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=repository,
            check=True, capture_output=True)

    git("init")
    git("lfs", "install", "--local")
    git("lfs", "track", "*.safetensors")
    model = repository / "model.safetensors"
    model.write_bytes(base.read_bytes())
    git("add", ".")
    git("commit", "-m", "base")
    before = measure.folder_bytes(repository / ".git")
    model.write_bytes(child.read_bytes())
    start = time.perf_counter()
    git("add", ".")
    git("commit", "-m", "child")
    written = time.perf_counter() - start
    added = measure.folder_bytes(repository / ".git") - before
    model.unlink()
    start = time.perf_counter()
    git("checkout", "--", "model.safetensors")
    read = time.perf_counter() - start
    assert model.read_bytes() == child.read_bytes()
    return added, written, read


def mlflow_copy(folder, base, child):
    """The same for artifacts of runs in a file store of MLflow."""
    import mlflow

    store = folder / "mlflow"
    store.mkdir()
    mlflow.set_tracking_uri(f"sqlite:///{store}/mlflow.db")
    mlflow.create_experiment("e", artifact_location=(store / "artifacts").as_uri())
    mlflow.set_experiment("e")
    with mlflow.start_run():
        mlflow.log_artifact(str(base))
    before = measure.folder_bytes(store / "artifacts")
    start = time.perf_counter()
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(child))
    written = time.perf_counter() - start
    added = measure.folder_bytes(store / "artifacts") - before
    start = time.perf_counter()
    path = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path=child.name, dst_path=str(folder / "download"))
    read = time.perf_counter() - start
    assert pathlib.Path(path).read_bytes() == child.read_bytes()
    return added, written, read


def milliseconds(values):
    return f"{measure.median(values) * 1e3:.1f}"


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)

    def registry(*arguments):
        run = measure.run([binary, *arguments, "--json"], cwd=folder)
        return json.loads(run.output), run

    registry("init")
    registry("import-images", photos, "--dataset", "wolfdog")
    registry("import-model", measure.pretrained(), "--name", "efficientnet-lite0")
    registry("derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--train")
    registry("export", "wolfdog@1", "--output", "base.safetensors")
    sizes, times, processes = [], [], []
    for number, (title, options) in enumerate(CHILDREN.items()):
        answer, _ = registry("train", "wolfdog@1", *options)
        version = f"wolfdog@{answer['version']}"
        child = folder / f"child-{number}.safetensors"
        registry("export", version, "--output", child)
        storage = registry("storage", version)[0]["versions"][0]
        deltas = storage["delta_tensor_bytes"]
        place = folder / f"copies-{number}"
        place.mkdir()
        figures = json.loads(measure.run(
            [benchmark, place, folder / "base.safetensors", child, rounds]).output)
        lfs_bytes, lfs_write, lfs_read = lfs(place, folder / "base.safetensors", child)
        flow_bytes, flow_write, flow_read = mlflow_copy(place, folder / "base.safetensors", child)
        sizes.append([
            title, f"{answer['bytes_added']:,}", f"{storage['delta_tensors']}, {deltas:,}",
            f"{storage['delta_bytes'] / deltas:.2f}" if deltas else "–",
            f"{lfs_bytes:,}", f"{flow_bytes:,}"])
        read, copied, mapped = (
            measure.median(figures[key]) for key in ("delta_read", "whole_copied", "whole_read"))
        times.append([
            title, milliseconds(figures["delta_write"]), milliseconds(figures["whole_write"]),
            f"{lfs_write * 1e3:.0f}", f"{flow_write * 1e3:.0f}",
            milliseconds(figures["delta_loaded"]), milliseconds(figures["delta_read"]),
            milliseconds(figures["whole_copied"]), f"{read / copied:.2f}",
            milliseconds(figures["whole_read"]), f"{read / mapped:.2f}", f"{lfs_read * 1e3:.0f}",
            f"{flow_read * 1e3:.0f}"])

        # The same version as a whole, in a registry of its own, for whole processes.
        plain = folder / f"plain-{number}"
        plain.mkdir()
        measure.run([binary, "init"], cwd=plain)
        measure.run([binary, "import-model", child, "--name", "child"], cwd=plain)
        photo = next(photos.rglob("*.*"))
        row = [title]
        for command in (["predict", "{}", photo], ["export", "{}", "--output", "x.safetensors",
                                                   "--force"], ["models", "{}"]):
            seconds = {}
            for _ in range(rounds):
                for kind, where, model in (("delta", folder, version), ("whole", plain, "child")):
                    words = [str(word).format(model) for word in command]
                    seconds.setdefault(kind, []).append(
                        measure.run([binary, *words, "--json"], cwd=where).seconds)
            delta, whole = measure.median(seconds["delta"]), measure.median(seconds["whole"])
            row += [f"{delta * 1e3:.0f} / {whole * 1e3:.0f}", f"{delta / whole:.2f}"]
        processes.append(row)
        (folder / "x.safetensors").unlink()

measure.table(
    ["child", "bytes added", "deltas, bytes of their tensors", "delta / whole", "git-lfs", "MLflow"],
    sizes)
print("\nMilliseconds in the library, on all cores; read: all tensors in memory and compared with their"
      " digests; mapped: compared where the file is mapped\n")
measure.table(
    ["child", "write, delta", "write, whole", "git-lfs write", "MLflow write", "load, delta",
     "read, delta", "read, whole", "ratio", "mapped, whole", "ratio", "git-lfs read", "MLflow read"],
    times)
print("\nMilliseconds of whole processes, delta / whole\n")
measure.table(["child", "predict", "ratio", "export", "ratio", "models", "ratio"], processes)
