"""What a user writes by hand with PyTorch: features of a frozen backbone, cached in a file, a linear
head trained on them, and its test accuracy. Prints one line of JSON.

    python torch_transfer.py WEIGHTS FOLDER CACHE.npz
"""

import hashlib
import json
import pathlib
import sys
import time

import numpy
import torch
from PIL import Image

import lite0

BATCH = 32


def pixels(path):
    image = Image.open(path).convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize([round(side * scale) for side in image.size], Image.BICUBIC)
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    values = numpy.asarray(image.crop((left, top, left + 224, top + 224)), numpy.float32)
    return torch.from_numpy((values - 127) / 128).permute(2, 0, 1)


def features(weights, paths, cache):
    known = dict(numpy.load(cache)) if cache.exists() else {}
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    missing = [(path, digest) for path, digest in zip(paths, digests) if digest not in known]
    if missing:
        network = lite0.load(weights)
        network.reset_classifier(0)
        with torch.inference_mode():
            for start in range(0, len(missing), BATCH):
                batch = missing[start:start + BATCH]
                output = network(torch.stack([pixels(path) for path, _ in batch])).numpy()
                known.update({digest: row for (_, digest), row in zip(batch, output)})
        numpy.savez(cache, **known)
    return torch.from_numpy(numpy.stack([known[digest] for digest in digests])), len(missing)


def main():
    weights, folder, cache = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    start = time.perf_counter()
    torch.manual_seed(0)
    labels = sorted(entry.name for entry in folder.iterdir())
    paths = [path for label in labels for path in sorted((folder / label).iterdir())]
    targets = torch.tensor([labels.index(path.parent.name) for path in paths])
    inputs, computed = features(weights, paths, cache)
    order = torch.randperm(len(paths))
    count = int(0.85 * len(paths))
    train, test = order[:count], order[count:]
    head = torch.nn.Linear(inputs.shape[1], len(labels))
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=1e-2)
    for _ in range(100):
        for batch in train[torch.randperm(count)].split(32):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(inputs[batch]), targets[batch]).backward()
            optimizer.step()
    accuracy = (head(inputs[test]).argmax(1) == targets[test]).float().mean().item()
    print(json.dumps({"accuracy": accuracy, "computed": computed,
                      "seconds": time.perf_counter() - start}))


main()
