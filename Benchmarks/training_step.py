"""Times training steps, forward and backward: ours and PyTorch's, alternating.

usage: training_step.py [--batch 16] [--rounds 7] [--threads 1 2] [--executable PATH]

Needs torch, torchvision and timm, and `swift build -c release --product TrainingStepBenchmark`.
Rounds, engines and what counts are those of forward.py. "torch tuned" has channels last and a malloc
that keeps its pages, which PyTorch does not by default. "part" is what trains: all layers, or those of
the last resolution, which read the activations of the layer before. "peak MB" is the most memory that
the process held at once, libraries included; "steps MB" is what the steps added to what it held before
the first.
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
    ("mobilenet_v2", "features.14", [96, 14, 14]),
    ("tf_efficientnet_lite0", "all", [3, 224, 224]),
    ("tf_efficientnet_lite0", "blocks.5", [112, 14, 14]),
]
KEEP_PAGES = ["env", "MALLOC_MMAP_THRESHOLD_=4294967296", "MALLOC_TRIM_THRESHOLD_=4294967296"]

WORKER = r"""
import sys, time
name, part, layout, batch, threads = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
shape = [int(extent) for extent in sys.argv[6:]]
import timm, torch, torchvision
torch.set_num_threads(threads)
if name.startswith("tf_"):
    model = timm.create_model(name, pretrained=False, num_classes=10)
else:
    model = getattr(torchvision.models, name)(weights=None, num_classes=10)
Sequential, Flatten = torch.nn.Sequential, torch.nn.Flatten
if part == "layer4":
    model = Sequential(model.layer4, model.avgpool, Flatten(), model.fc)
elif part == "features.14":
    pool = torch.nn.AdaptiveAvgPool2d(1)
    model = Sequential(model.features[14:], pool, Flatten(), model.classifier)
elif part == "blocks.5":
    model = Sequential(
        model.blocks[5:], model.conv_head, model.bn2, model.global_pool, model.classifier)
model.train()
images = torch.rand(batch, *shape) * 2 - 1
if layout == "last":
    model = model.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
print("ready", flush=True)
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
        f"{'network':22}{'part':12}threads  {'engine':14}{'images/s':>9}{'per CPU s':>12}"
        f"{'ours: wall':>13}    CPU  kept  peak MB  steps MB")
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
                compare(engines, options, f"{name:22}{part:12}{threads:>6}   ")


def compare(engines, options, title):
    """Runs the engines in turn until each has enough rounds, and prints medians and ratios."""
    memory = []
    for engine in engines:
        engine.wait_until_ready()
        memory.append(held(engine, "VmRSS"))
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
    peaks = [held(engine, "VmHWM") for engine in engines]
    for engine in engines:
        engine.close()
        columns = list(zip(*engine.rounds)) or [[float("nan")]] * 2
        medians.append([statistics.median(column) for column in columns])
    for engine, (wall, processor), before, peak in zip(engines, medians, memory, peaks):
        print(
            f"{title}{engine.name:14}{wall:>9.1f}{processor:>12.1f}{medians[0][0] / wall:>13.2f}"
            f"{medians[0][1] / processor:>7.2f}{len(engine.rounds):>6}"
            f"{peak:>9.0f}{peak - before:>10.0f}",
            flush=True)


def held(engine, kind):
    """Megabytes that an engine's process holds now (VmRSS) or held at most (VmHWM)."""
    status = pathlib.Path(f"/proc/{engine.process.pid}/status").read_text()
    return int(status.split(kind + ":")[1].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main()
