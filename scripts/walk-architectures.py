#!/usr/bin/env python3
"""Walks with every architecture from a file of weights to a prediction, as a user would.

Random weights, as torchvision and timm draw them, are saved as safetensors and with torch.save, and
both files are imported, the second of which must add no bytes. Then a child with a new head is derived
and trained, all its layers are trained for an epoch, and it is evaluated, used, exported, read back
by the library that made the weights, and the registry is verified. Pictures have their full size.

Prints a line for each architecture: seconds, and the largest memory of a command. Ends with 1 when
a step failed. Needs torch, torchvision, timm and safetensors.

usage: walk-architectures.py REGISTRY_BINARY PHOTOS [ARCHITECTURE ...]
PHOTOS is a folder with a folder of pictures for each of some labels.
"""

import importlib.util
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file

binary, photos, *wanted = sys.argv[1:]
binary, photos = pathlib.Path(binary).resolve(), pathlib.Path(photos)
golden = pathlib.Path(__file__).parents[1] / "Tests/EngineTests/Golden"
sys.path.insert(0, str(golden))
specification = importlib.util.spec_from_file_location("training", golden / "make-training.py")
training = importlib.util.module_from_spec(specification)
specification.loader.exec_module(training)


class Walk:
    def __init__(self, name, folder):
        self.name, self.folder, self.peak = name, folder, 0

    def run(self, *arguments):
        """The answer of a command that must succeed."""
        timed = ["/usr/bin/env", "python3", "-c", MEASURE, str(binary), *map(str, arguments), "--json"]
        result = subprocess.run(timed, cwd=self.folder, capture_output=True, text=True)
        if result.returncode:
            raise RuntimeError(f"{arguments}: {result.stdout}{result.stderr}")
        self.peak = max(self.peak, int(result.stderr.splitlines()[-1]))
        return json.loads(result.stdout)

    def walk(self, size):
        name = self.name
        torch.manual_seed(len(name))
        model = training.make(name, size)
        settle(model, size)
        renamed = training.names(name, model)
        state = {renamed[key]: value.contiguous() for key, value in model.state_dict().items()}
        save_file(state, self.folder / "weights.safetensors")
        torch.save(state, self.folder / "weights.pth")
        labels = self.folder / "labels.txt"
        labels.write_text("".join(f"label {n}\n" for n in range(training.LABELS)))

        self.run("init")
        for label in sorted(it for it in photos.iterdir() if it.is_dir())[:2]:
            pictures = sorted(label.iterdir())
            for split, part in [("train", pictures[:2]), ("val", pictures[2:3]),
                                ("test", pictures[3:4])]:
                target = self.folder / "photos" / split / label.name
                target.mkdir(parents=True)
                for picture in part:
                    shutil.copy(picture, target)
        self.run("import-images", "photos", "--dataset", "few")
        options = ["--architecture", name, "--labels", "labels.txt"]
        first = self.run("import-model", "weights.safetensors", "--name", "base", *options)
        second = self.run("import-model", "weights.pth", "--name", "twin", *options)
        assert first["architecture"] == second["architecture"] == name, first
        assert second["bytes_added"] == 0, "both files have the same tensors"

        child = self.run(
            "derive", "--from", "base", "--head", "few", "--name", "child", "--train", "--epochs", "2")
        assert child["trainable_layers"] >= 1 and child["frozen_layers"] > 0, child
        tuned = self.run(
            "train", "child", "--unfreeze", "*", "--epochs", "1", "--batch-size", "4",
            "--optimizer", "sgd", "--learning-rate", "1e-4")
        assert tuned["frozen_layers"] == 0 and tuned["version"] == 2, tuned
        changed = [it for it in self.run("diff", "child@1", "child@2")["layers"]
                   if it["status"] != "same"]
        # Small steps leave some weights as they are, once these are rounded.
        assert 0 < len(changed) <= tuned["trainable_layers"], (len(changed), tuned)
        evaluation = self.run("evaluate", "child", "--split", "all")
        assert evaluation["images"] == 8 and math.isfinite(evaluation["loss"]), evaluation
        picture = next((self.folder / "photos/test").rglob("*.*"))
        labels = self.run("predict", "child", picture)["predictions"][0]["labels"]
        probabilities = [it["probability"] for it in labels]
        assert abs(sum(probabilities) - 1) < 1e-5 and probabilities[0] != 0.5, probabilities
        assert "constant_outputs" not in [it["code"] for it in tuned["warnings"]], tuned

        self.run("export", "child", "--output", "child.safetensors")
        exported = load_file(self.folder / "child.safetensors")
        back = {key: exported[new] for key, new in renamed.items() if new in exported}
        differing = [key for key in back if back[key].shape != model.state_dict()[key].shape]
        assert len(back) == len(renamed) and len(differing) in (1, 2), differing
        assert self.run("verify")["corrupt"] == []


def settle(model, size):
    """Gives batch normalization the statistics of a batch, as training would have.

    With those of a new network, zeros and ones, the numbers of a deep one grow from layer to layer,
    until no learning rate is small enough.
    """
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None
    model.train()
    with torch.no_grad():
        model(torch.randn(4, 3, size, size))
    model.eval()


# The program's own peak, not that of the Python around it.
MEASURE = """
import os, resource, subprocess, sys
result = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(result.returncode)
"""

known = json.loads(
    subprocess.run([binary, "architectures", "--json"], capture_output=True, text=True).stdout)
failures = 0
for architecture in known["architectures"]:
    name = architecture["architecture"]
    if wanted and name not in wanted:
        continue
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(name, pathlib.Path(folder))
        try:
            walk.walk(architecture["input"][0])
            outcome = "ok"
        except Exception as error:
            outcome = f"FAILED {error}"
            failures += 1
    print(f"{name:28} {time.monotonic() - start:6.1f} s {walk.peak / 1024:7.0f} MiB  {outcome}",
          flush=True)
sys.exit(failures > 0)
