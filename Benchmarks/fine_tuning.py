"""Whole fine-tuning runs on the shared photographs of dogs and wolves, beside PyTorch: EfficientNet-Lite0
with its pretrained weights, all layers and those of the last resolution. Decoding, resizing, validation
after each epoch and saving are part of both. Needs torch and timm.

    python Benchmarks/fine_tuning.py [--rounds 3] [--epochs 3] [--batch 16] [--threads 2]

"torch tuned" has channels last and a malloc that keeps its pages, which PyTorch does not by default.
The images are decoded anew in each epoch by PyTorch, as its DataLoader does, in as many workers as there
are threads; ours keeps the activations of what is frozen, and decoded pixels only within a batch.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import measure

KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
# What trains, in our pattern and as the first of the peer's blocks.
PARTS = {"all layers": (["*"], 0), "last resolution": (["_blocks.11.*", "_blocks.12.*",
                        "_blocks.13.*", "_blocks.14.*", "_blocks.15.*", "_conv_head", "_bn1"], 5)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    peer = pathlib.Path(__file__).parent / "peers/torch_fine_tuning.py"
    rows = []
    for part, (patterns, first) in PARTS.items():
        figures = {"registry": [], "torch": [], "torch tuned": []}
        answers = {}
        for _ in range(options.rounds):
            with tempfile.TemporaryDirectory() as folder:
                photos = pathlib.Path(folder) / "split"
                ours, answers["registry"] = registry_run(folder, patterns, options, photos)
                figures["registry"].append(ours)
                for name, layout, env in [("torch", "first", {}), ("torch tuned", "last", KEEP_PAGES)]:
                    command = [sys.executable, peer, measure.pretrained(), photos, first,
                               options.epochs, options.batch, options.threads, layout]
                    figures[name].append(measure.run(command, cwd=folder, env=env))
                    answers[name] = json.loads(figures[name][-1].output)
        images = answers["torch"]["images"] * options.epochs
        seconds = {name: measure.median([run.seconds for run in runs])
                   for name, runs in figures.items()}
        for name, runs in figures.items():
            rows.append([
                part, name, f"{seconds[name]:.1f}", f"{images / seconds[name]:.1f}",
                f"{seconds[name] / seconds['registry']:.2f}",
                f"{measure.median([run.cpu for run in runs]):.1f}",
                f"{measure.median([run.megabytes for run in runs]):.0f}",
                f"{answers[name]['validation_accuracy']:.3f}"])
    measure.table(
        ["trains", f"median of {options.rounds}", "seconds", "training images/s", "ours faster by",
         "CPU seconds", "peak MB", "validation accuracy"], rows)


def registry_run(folder, patterns, options, photos):
    """Fine-tunes in a fresh registry, and lays the photographs out by split for the peer."""
    binary = measure.registry()

    def registry(*arguments):
        return measure.run([binary, *arguments, "--json"], cwd=folder)

    registry("init")
    registry("import-images", measure.PHOTOS / "wolfdog", "--dataset", "wolfdog")
    registry("import-model", measure.pretrained(), "--name", "efficientnet-lite0")
    registry("derive", "--from", "efficientnet-lite0", "--head", "wolfdog")
    registry("export-images", "wolfdog", "--output", photos)
    run = registry(
        "train", "wolfdog", *[word for pattern in patterns for word in ("--unfreeze", pattern)],
        "--epochs", options.epochs, "--batch-size", options.batch, "--threads", options.threads)
    answer = json.loads(run.output)
    return run, answer["metrics"]


if __name__ == "__main__":
    main()
