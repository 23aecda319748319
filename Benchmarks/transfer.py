"""Frozen derive + train + evaluate on the shared photographs, cold and with a second head, beside
PyTorch with features cached by hand. Needs torch and timm.

    python Benchmarks/transfer.py [ROUNDS]
"""

import json
import pathlib
import sys
import tempfile

import measure

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
binary, weights = measure.registry(), measure.pretrained()
photos = measure.PHOTOS / "wolfdog"
peer = pathlib.Path(__file__).parent / "peers/torch_transfer.py"
figures = {name: [] for name in ("cold", "second", "evaluate", "torch cold", "torch second")}
answers = {}

for _ in range(rounds):
    with tempfile.TemporaryDirectory() as folder:
        def registry(*arguments):
            return measure.run([binary, *arguments, "--json"], cwd=folder)

        registry("init")
        registry("import-images", photos, "--dataset", "wolfdog")
        registry("import-model", weights, "--name", "efficientnet-lite0")
        cold = registry("derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--train")
        evaluate = registry("evaluate", "wolfdog", "--split", "test")
        second = registry(
            "derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--name", "second",
            "--seed", "1", "--train")
        figures["cold"].append(cold)
        figures["second"].append(second)
        figures["evaluate"].append(evaluate)
        answers = {"cold": json.loads(cold.output), "second": json.loads(second.output),
                   "evaluate": json.loads(evaluate.output)}
        cache = pathlib.Path(folder) / "features.npz"
        command = [sys.executable, peer, weights, photos, cache]
        figures["torch cold"].append(measure.run(command))
        figures["torch second"].append(measure.run(command))
        answers["torch"] = json.loads(figures["torch second"][-1].output)


def row(name, runs):
    return [name, f"{measure.median([run.seconds for run in runs]):.2f}",
            f"{measure.median([run.cpu for run in runs]):.2f}",
            f"{measure.median([run.megabytes for run in runs]):.0f}"]


measure.table(["whole process, median of %d" % rounds, "seconds", "CPU seconds", "peak MB"], [
    row("registry derive --train, cold", figures["cold"]),
    row("registry evaluate, test split not seen yet", figures["evaluate"]),
    row("registry derive --train, second head", figures["second"]),
    row("PyTorch, features, head and test, cold", figures["torch cold"]),
    row("PyTorch, the same with features cached", figures["torch second"]),
])
cold = [a.seconds + b.seconds for a, b in zip(figures["cold"], figures["evaluate"])]
torch = [run.seconds for run in figures["torch cold"]]
print(f"\nPyTorch cold / registry cold (derive + train + evaluate): "
      f"{measure.median(torch) / measure.median(cold):.1f} x the time, "
      f"{measure.median([r.megabytes for r in figures['torch cold']]) / measure.median([r.megabytes for r in figures['cold']]):.1f} x the memory")
print("cache:", answers["cold"]["cache"], "then", answers["second"]["cache"],
      "evaluate:", answers["evaluate"]["cache"])
print("test accuracy:", round(answers["evaluate"]["accuracy"], 4), "of",
      answers["evaluate"]["images"], "images; PyTorch:", round(answers["torch"]["accuracy"], 4))
