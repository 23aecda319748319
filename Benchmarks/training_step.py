"""Times training steps, forward and backward: ours and PyTorch's, alternating.

usage: training_step.py [--batch 16] [--rounds 7] [--threads 1 2] [--executable PATH]

Needs torch, torchvision and timm, and `swift build -c release --product TrainingStepBenchmark`.
Rounds, engines and what counts are those of forward.py. "torch tuned" has channels last and a malloc
that keeps its pages, which PyTorch does not by default.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import time

from forward import Engine

root = pathlib.Path(__file__).parent.parent

# Our name and part, and the shape that the part reads.
CASES = [
    ("resnet18", "all", [3, 224, 224]),
    ("resnet18", "layer4", [256, 14, 14]),
    ("mobilenet_v2", "all", [3, 224, 224]),
    ("efficientnet_lite0", "all", [3, 224, 224]),
]
KEEP_PAGES = ["env", "MALLOC_MMAP_THRESHOLD_=4294967296", "MALLOC_TRIM_THRESHOLD_=4294967296"]

WORKER = r"""
import sys, time
name, part, layout, batch, threads = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
shape = [int(extent) for extent in sys.argv[6:]]
import timm, torch, torchvision
torch.set_num_threads(threads)
if name == "efficientnet_lite0":
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=10)
else:
    model = getattr(torchvision.models, name)(weights=None, num_classes=10)
if part != "all":
    model = torch.nn.Sequential(
        getattr(model, part), model.avgpool, torch.nn.Flatten(), model.fc)
model.train()
images = torch.rand(batch, *shape) * 2 - 1
if layout == "last":
    model = model.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
for line in sys.stdin:
    wall, processor = time.monotonic(), time.process_time()
    logits = model(images)
    model.zero_grad()
    logits.backward(logits.detach())
    print("images_per_second", batch / (time.monotonic() - wall),
          batch / (time.process_time() - processor), flush=True)
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--foreign", type=float, default=0.15)
    parser.add_argument("--patience", type=float, default=120)
    parser.add_argument("--executable", default=root / ".build/release/TrainingStepBenchmark")
    options = parser.parse_args()
    print(
        f"{'network':20}{'part':8}threads  {'engine':14}{'images/s':>9}{'per CPU s':>12}"
        f"{'ours: wall':>13}    CPU  kept")
    with tempfile.TemporaryDirectory() as folder:
        worker = pathlib.Path(folder) / "worker.py"
        worker.write_text(WORKER)
        for name, part, shape in CASES:
            for threads in options.threads:
                numbers = [str(number) for number in [options.batch, threads]]
                torch = [sys.executable, worker, name, part]
                sizes = numbers + [str(extent) for extent in shape]
                engines = [
                    Engine("registry", [options.executable, name, part, *numbers], options.batch),
                    Engine("torch", [*torch, "first", *sizes], options.batch),
                    Engine("torch tuned", [*KEEP_PAGES, *torch, "last", *sizes], options.batch),
                ]
                compare(engines, options, f"{name:20}{part:8}{threads:>6}   ")


def compare(engines, options, title):
    """Runs the engines in turn until each has enough rounds, and prints medians and ratios."""
    for engine in engines:
        engine.run()
    end = time.monotonic() + options.patience
    while time.monotonic() < end and any(
        len(engine.rounds) < options.rounds for engine in engines
    ):
        for engine in engines:
            result, foreign = engine.run()
            if foreign < options.foreign:
                engine.rounds.append(result)
    medians = []
    for engine in engines:
        engine.close()
        columns = list(zip(*engine.rounds)) or [[float("nan")]] * 2
        medians.append([statistics.median(column) for column in columns])
    for engine, (wall, processor) in zip(engines, medians):
        print(
            f"{title}{engine.name:14}{wall:>9.1f}{processor:>12.1f}{medians[0][0] / wall:>13.2f}"
            f"{medians[0][1] / processor:>7.2f}{len(engine.rounds):>6}",
            flush=True)


if __name__ == "__main__":
    main()
