"""What a user writes by hand with PyTorch: fine-tunes EfficientNet-Lite0 from a block on, measures the
validation images after each epoch and saves the best weights. Prints one line of JSON.

    python torch_fine_tuning.py WEIGHTS FOLDER FIRST_BLOCK EPOCHS BATCH THREADS first|last

FOLDER has train/LABEL/ and val/LABEL/. The layers before the block are frozen, their batch norms
too, and run without gradients.
"""

import json
import pathlib
import sys

import numpy
import torch
from PIL import Image

import lite0


class Photographs(torch.utils.data.Dataset):
    def __init__(self, folder):
        self.labels = sorted(entry.name for entry in folder.iterdir())
        self.paths = [path for label in self.labels for path in sorted((folder / label).iterdir())]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        path = self.paths[index]
        image = Image.open(path).convert("RGB")
        scale = 256 / min(image.size)
        image = image.resize([round(side * scale) for side in image.size], Image.BICUBIC)
        left, top = (image.width - 224) // 2, (image.height - 224) // 2
        pixels = numpy.asarray(image.crop((left, top, left + 224, top + 224)), numpy.float32)
        pixels = torch.from_numpy((pixels - 127) / 128).permute(2, 0, 1)
        return pixels, self.labels.index(path.parent.name)


def main():
    weights, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    first, epochs, batch, threads = (int(word) for word in sys.argv[3:7])
    layout = torch.channels_last if sys.argv[7] == "last" else torch.contiguous_format
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    train, validation = Photographs(folder / "train"), Photographs(folder / "val")
    network = lite0.load(weights)
    network.reset_classifier(len(train.labels))
    network = network.to(memory_format=layout)
    frozen = torch.nn.Sequential(network.conv_stem, network.bn1, *network.blocks[:first])
    if first == 0:
        frozen = torch.nn.Identity()
    tail = [*network.blocks[first:], network.conv_head, network.bn2, network.global_pool,
            network.classifier]
    if first == 0:
        tail = [network.conv_stem, network.bn1, *tail]
    tail = torch.nn.Sequential(*tail)
    optimizer = torch.optim.AdamW(tail.parameters(), lr=3e-4, weight_decay=0.01)
    loaders = [
        torch.utils.data.DataLoader(data, batch, shuffle=data is train, num_workers=threads)
        for data in (train, validation)]
    steps = epochs * len(loaders[0])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-4, total_steps=steps)
    best, accuracy = float("inf"), 0
    for _ in range(epochs):
        frozen.eval()
        tail.train()
        for images, targets in loaders[0]:
            with torch.no_grad():
                inputs = frozen(images.contiguous(memory_format=layout))
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(tail(inputs), targets).backward()
            torch.nn.utils.clip_grad_norm_(tail.parameters(), 1)
            optimizer.step()
            schedule.step()
        tail.eval()
        loss, correct = 0, 0
        with torch.inference_mode():
            for images, targets in loaders[1]:
                logits = tail(frozen(images.contiguous(memory_format=layout)))
                loss += torch.nn.functional.cross_entropy(logits, targets, reduction="sum").item()
                correct += (logits.argmax(1) == targets).sum().item()
        if loss < best:
            best, accuracy = loss, correct / len(validation)
            torch.save(network.state_dict(), "best.pth")
    print(json.dumps({"images": len(train), "validation_accuracy": accuracy}))


main()
