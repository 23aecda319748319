"""Computes whole networks with PyTorch: two images through ResNet-18 and EfficientNet-Lite0.

Weights and images are those of recipe.py; the pretrained EfficientNet-Lite0, whose path is the only
argument (see scripts/fetch-pretrained.sh), gets images of the recipe as well. Writes
networks.safetensors with the features and logits, computed in double precision. Needs torch,
torchvision, timm and safetensors.
"""

import pathlib
import sys

import timm
import torch
import torchvision
from recipe import Sequence
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
results = {}


def compute(name, model, features, state_dict, sequence):
    model.load_state_dict(state_dict)
    model.eval().double()
    images = sequence.images(2, [3, 224, 224]).double()
    with torch.no_grad():
        results[f"{name}.features"] = features(model, images).float().contiguous()
        results[f"{name}.logits"] = model(images).float().contiguous()


def random(model, sequence):
    state_dict = model.state_dict()
    for name, value in state_dict.items():
        new = sequence.tensor(name, list(value.shape))
        if new is not None:
            state_dict[name] = new
    return state_dict


def resnet_features(model, images):
    trunk = torch.nn.Sequential(*list(model.children())[:-1])
    return trunk(images).flatten(1)


def lite_features(model, images):
    return model.forward_head(model.forward_features(images), pre_logits=True)


def lite():
    return timm.create_model("tf_efficientnet_lite0", pretrained=False)


sequence = Sequence(18)
model = torchvision.models.resnet18(weights=None)
compute("resnet18", model, resnet_features, random(model, sequence), sequence)

sequence = Sequence(19)
model = lite()
compute("tf_efficientnet_lite0", model, lite_features, random(model, sequence), sequence)

# The port names its tensors otherwise, in the same order.
model = lite()
port = torch.load(sys.argv[1], map_location="cpu")
names = list(model.state_dict())
assert len(names) == len(port)
compute(
    "efficientnet_lite0", model, lite_features, dict(zip(names, port.values())), Sequence(20))

save_file(results, here / "networks.safetensors")
