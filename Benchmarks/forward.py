"""Times forward passes of whole networks: ours, onnxruntime's and PyTorch's, alternating.

usage: forward.py [--batch 32] [--rounds 7] [--threads 1 2] [--executable PATH]

Needs torch, torchvision, timm, onnx and onnxruntime, and `swift build -c release --product
ForwardBenchmark`. Every engine is a process of its own that runs one batch when told to; rounds go
through the engines in turn, so that whatever else the machine does hits all alike. Weights are
random: speed does not depend on them. Prints the median of images per second, of wall time and of
processor time, and ours divided by each.

A measurement counts only if the rest of the machine used less than --foreign cores meanwhile; others
are repeated for --patience seconds at most. The column "kept" tells how many counted. Where fewer than
--rounds did, the line has only those, and none at all means that nothing can be said.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).parent.parent

WORKER = r"""
import sys, time
engine, path, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
import numpy
images = numpy.random.default_rng(1).random((batch, 3, 224, 224), numpy.float32) * 2 - 1
if engine == "onnxruntime":
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path + ".onnx", options,
                                           providers=["CPUExecutionProvider"])
    run = lambda: session.run(None, {"images": images})
else:
    import torch
    torch.set_num_threads(threads)
    model = torch.load(path + ".module", weights_only=False).eval()
    images = torch.from_numpy(images)
    if engine == "torch channels last":
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    run = lambda: model(images)
    torch.set_grad_enabled(False)
for line in sys.stdin:
    wall, processor = time.monotonic(), time.process_time()
    run()
    print("images_per_second", batch / (time.monotonic() - wall),
          batch / (time.process_time() - processor), flush=True)
"""


def export(folder, batch):
    import timm
    import torch
    import torchvision

    models = {
        "tf_efficientnet_lite0": timm.create_model("tf_efficientnet_lite0", pretrained=False),
        "resnet18": torchvision.models.resnet18(weights=None),
    }
    for name, model in models.items():
        model.eval()
        path = folder / name
        torch.save(model, f"{path}.module")
        torch.save(model.state_dict(), f"{path}.pth")
        torch.onnx.export(
            model, torch.zeros(batch, 3, 224, 224), f"{path}.onnx", dynamo=False,
            input_names=["images"], output_names=["logits"])
    return list(models)


def busy_seconds():
    """Processor time that the whole machine has spent, stolen time included."""
    numbers = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(numbers) - numbers[3] - numbers[4]) / os.sysconf("SC_CLK_TCK")


class Engine:
    def __init__(self, name, command, batch):
        self.name = name
        self.batch = batch
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.rounds = []

    def wait_until_ready(self):
        """Reads the line that tells that all is loaded, from a process that writes it."""
        while self.process.stdout.readline() not in ("ready\n", ""):
            pass

    def run(self):
        """Images per second of wall and processor time, and the cores that others used meanwhile."""
        # onnxruntime's threads spin for about 50 ms after a batch, which would be another's load.
        time.sleep(0.2)
        start, busy = time.monotonic(), busy_seconds()
        wall, processor, batch = self.measure()
        elapsed = time.monotonic() - start
        foreign = (busy_seconds() - busy - batch / processor) / elapsed
        return [wall, processor], foreign

    def measure(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("images_per_second"):
                return [float(word) for word in line.split()[1:]] + [self.batch]
        raise SystemExit(f"{self.name} stopped")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--networks", nargs="+")
    parser.add_argument("--engines", nargs="+", default=["onnxruntime", "torch", "torch channels last"])
    parser.add_argument("--foreign", type=float, default=0.15)
    parser.add_argument("--patience", type=float, default=120)
    parser.add_argument("--executable", default=root / ".build/release/ForwardBenchmark")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        names = export(folder, options.batch)
        worker = folder / "worker.py"
        worker.write_text(WORKER)
        print(
            f"{'network':22}threads  {'engine':20}{'images/s':>9}{'per CPU s':>12}"
            f"{'ours: wall':>13}    CPU  kept")
        for name in options.networks or names:
            for threads in options.threads:
                path = str(folder / name)
                numbers = [str(options.batch), str(threads)]
                engines = [
                    Engine("registry", [options.executable, path + ".pth", name, *numbers, "serve"],
                           options.batch)
                ]
                for other in options.engines:
                    command = [sys.executable, worker, other, path, *numbers]
                    engines.append(Engine(other, command, options.batch))
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
                        f"{name:22}{threads:>6}   {engine.name:20}{wall:>9.1f}{processor:>12.1f}"
                        f"{medians[0][0] / wall:>13.2f}{medians[0][1] / processor:>7.2f}{len(engine.rounds):>6}",
                        flush=True)


if __name__ == "__main__":
    main()
