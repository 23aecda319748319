"""Trains whole networks for three steps with PyTorch.

Weights, ordered by name, and images are those of recipe.py; the seed is the sum of the bytes of the
network's name. The loss is the mean cross-entropy with labels 0, 7, 14, ... modulo their number; the
optimizer is plain SGD. Dropout and stochastic depth are off: their masks are random. Batch norms are
in training mode.

Writes training.json. For each network "logits" are those of the first step. The others have for each
tensor, ordered by name, a norm and a dot product with pseudo-random numbers, drawn after the
images, tensor by tensor: "gradients" of the first step, "statistics" the running ones after it, and
"changes" of the weights by the three steps. Everything is computed in double precision. Needs torch,
torchvision and timm.

A number near the kink of a ReLU takes another path in single precision. So each network that has any
is there once more as "NAME smooth", with SiLU in place of ReLU, ReLU6 and hard swish, and the logistic
function in place of the hard sigmoid.

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
    "mobilenet_v3_small": (torchvision.models, "mobilenet_v3_small", 4, 64),
    "efficientnet_b0": (torchvision.models, "efficientnet_b0", 4, 64),
    "squeezenet1_1": (torchvision.models, "squeezenet1_1", 2, 96),
    "densenet121": (torchvision.models, "densenet121", 4, 64),
    "shufflenet_v2_x1_0": (torchvision.models, "shufflenet_v2_x1_0", 4, 64),
    "convnext_tiny": (torchvision.models, "convnext_tiny", 2, 64),
    "vit_tiny_patch16_224": (timm, "vit_tiny_patch16_224", 2, 224),
}
WITHOUT_KINKS = ["convnext_tiny", "efficientnet_b0", "vit_tiny_patch16_224"]
path = pathlib.Path(__file__).parent / "training.json"


def make(name):
    library, inner, images, size = NETWORKS[name]
    if library is timm:
        return timm.create_model(inner, pretrained=False, num_classes=LABELS), images, size
    return getattr(library, inner)(weights=None, num_classes=LABELS), images, size


class SmoothFunctions:
    """What DenseNet uses of torch.nn.functional."""

    relu = torch.nn.functional.silu
    adaptive_avg_pool2d = torch.nn.functional.adaptive_avg_pool2d
    dropout = torch.nn.functional.dropout


def smooth(module):
    """Replaces the activations whose slope jumps."""
    for name, child in module.named_children():
        if isinstance(child, (torch.nn.ReLU, torch.nn.ReLU6, torch.nn.Hardswish)):
            setattr(module, name, torch.nn.SiLU())
        elif isinstance(child, torch.nn.Hardsigmoid):
            setattr(module, name, torch.nn.Sigmoid())
        else:
            smooth(child)


def rounded(number):
    return float(f"{float(number):.7g}")


def compute(name, is_smooth):
    model, count, size = make(name)
    if is_smooth:
        smooth(model)
    # DenseNet has one beside its modules.
    torchvision.models.densenet.F = SmoothFunctions if is_smooth else torch.nn.functional
    sequence = Sequence(sum(name.encode()))
    state_dict = model.state_dict()
    for key in sorted(state_dict):
        new = sequence.tensor(key, list(state_dict[key].shape))
        if new is not None:
            state_dict[key] = new
    model.load_state_dict(state_dict)
    images = sequence.images(count, [3, size, size]).double()
    labels = torch.arange(count) * 7 % LABELS
    model = model.double().train()
    for module in model.modules():
        if type(module).__name__ in ("Dropout", "DropPath", "StochasticDepth"):
            module.eval()
    parameters = [parameter for _, parameter in sorted(model.named_parameters())]
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
                value for key, value in sorted(model.state_dict().items()) if "running" in key)
        optimizer.step()
    result["changes"] = sums(
        new.detach() - old for new, old in zip(parameters, before))
    return result


results = json.loads(path.read_text()) if path.exists() else {}
for name in sys.argv[1:] or NETWORKS:
    results[name] = compute(name, False)
    if name not in WITHOUT_KINKS:
        results[f"{name} smooth"] = compute(name, True)
lines = ",\n".join(
    f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}"
    for name, row in sorted(results.items()))
path.write_text(f"{{\n{lines}\n}}\n")
