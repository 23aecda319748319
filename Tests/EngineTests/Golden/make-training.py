"""Trains whole networks for three steps with PyTorch.

Weights and images are those of recipe.py; the seed is the sum of the bytes of the network's name. The
loss is the cross-entropy with labels 0, 7, 14, ... modulo their number, its mean over the batch; the
optimizer is plain SGD. Dropout and stochastic depth are off: their masks are random. Batch norms are
in training mode.

Writes training.json. For each network "logits" are those of the first step. The others have for each
tensor, in the network's order, a norm and a dot product with pseudo-random numbers, drawn after the
images, tensor by tensor: "gradients" of the first step, "statistics" the running ones after it, and
"changes" of the weights by the three steps. Everything is computed in double precision. Needs torch,
torchvision and timm.

usage: make-training.py [NAME ...]    only those, keeping the others
"""

import json
import pathlib
import sys

import timm
import torch
import torchvision
from recipe import Sequence

LABELS = 16
RATE = 0.01
# Library, name there, images, pixels.
NETWORKS = {
    "resnet18": (torchvision.models, "resnet18", 4, 64),
    "mobilenet_v2": (torchvision.models, "mobilenet_v2", 4, 96),
    "tf_efficientnet_lite0": (timm, "tf_efficientnet_lite0", 4, 96),
}
path = pathlib.Path(__file__).parent / "training.json"


def make(name):
    library, inner, images, size = NETWORKS[name]
    if library is timm:
        return timm.create_model(inner, pretrained=False, num_classes=LABELS), images, size
    return getattr(library, inner)(weights=None, num_classes=LABELS), images, size


def rounded(number):
    return float(f"{float(number):.7g}")


def compute(name):
    model, count, size = make(name)
    sequence = Sequence(sum(name.encode()))
    state_dict = model.state_dict()
    for key, value in state_dict.items():
        new = sequence.tensor(key, list(value.shape))
        if new is not None:
            state_dict[key] = new
    model.load_state_dict(state_dict)
    images = sequence.images(count, [3, size, size]).double()
    labels = torch.arange(count) * 7 % LABELS
    model = model.double().train()
    for module in model.modules():
        if "drop" in type(module).__name__.lower() or "depth" in type(module).__name__.lower():
            module.eval()
    parameters = list(model.parameters())
    before = [parameter.detach().clone() for parameter in parameters]

    def sums(tensors):
        result = []
        for tensor in tensors:
            factors = sequence.images(1, list(tensor.shape))[0].double()
            result.append([rounded(tensor.norm()), rounded((tensor * factors).sum())])
        return result

    result = {"images": count, "size": size}
    optimizer = torch.optim.SGD(parameters, lr=RATE)
    for step in range(3):
        optimizer.zero_grad()
        logits = model(images)
        torch.nn.functional.cross_entropy(logits, labels).backward()
        if step == 0:
            result["logits"] = [rounded(number) for number in logits.flatten().tolist()]
            result["gradients"] = sums(parameter.grad for parameter in parameters)
            result["statistics"] = sums(
                value for key, value in model.state_dict().items() if "running" in key)
        optimizer.step()
    result["changes"] = sums(
        new.detach() - old for new, old in zip(parameters, before))
    return result


results = json.loads(path.read_text()) if path.exists() else {}
for name in sys.argv[1:] or NETWORKS:
    results[name] = compute(name)
lines = ",\n".join(
    f"{json.dumps(name)}:{json.dumps(results[name], separators=(',', ':'))}"
    for name in NETWORKS if name in results)
path.write_text(f"{{\n{lines}\n}}\n")
