"""timm's tf_efficientnet_lite0 with the weights of the efficientnet-pytorch port."""

import re

import timm
import torch

STAGES = [1, 2, 2, 3, 3, 4, 1]


def renamed(name):
    """timm's name for a tensor of the port."""
    match = re.match(r"_blocks\.(\d+)\.(.*)", name)
    if not match:
        for old, new in [("_conv_stem.", "conv_stem."), ("_bn0.", "bn1."),
                         ("_conv_head.", "conv_head."), ("_bn1.", "bn2."), ("_fc.", "classifier.")]:
            if name.startswith(old):
                return new + name[len(old):]
        raise KeyError(name)
    index, rest = int(match[1]), match[2]
    stage, inside = 0, index
    while inside >= STAGES[stage]:
        inside -= STAGES[stage]
        stage += 1
    names = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
             "_project_conv": "conv_pwl", "_bn2": "bn3"}
    if index == 0:
        names = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw",
                 "_bn2": "bn2"}
    part, last = rest.split(".", 1)
    return f"blocks.{stage}.{inside}.{names[part]}.{last}"


def load(path):
    """The network in evaluation mode."""
    network = timm.create_model("tf_efficientnet_lite0")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict({renamed(name): tensor for name, tensor in state.items()})
    return network.eval()
