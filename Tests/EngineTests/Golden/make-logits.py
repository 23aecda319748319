"""Computes the logits of one image in whole networks with PyTorch.

Weights and images are those of recipe.py, with the tensors in the order of their names; the seed is
the sum of the bytes of the network's name. Writes logits.json: for each network 16 logits, computed
in double precision. The linear layers of AlexNet and VGG, a hundred million weights, are left out:
only the convolutions are computed, on a small image, and the means of the first 16 channels are
written. Of the twelve equal blocks of vit_b_16 two are computed. Needs torch, torchvision and timm.
"""

import json
import pathlib

import timm
import torch
import torchvision
from recipe import Sequence

LABELS = 16
TORCHVISION = [
    "resnet50", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0", "convnext_tiny",
    "squeezenet1_1", "densenet121", "shufflenet_v2_x1_0",
]
TIMM = {
    "mobilenetv2_100": 224,
    "tf_efficientnet_lite1": 240,
    "tf_efficientnet_lite2": 260,
    "tf_efficientnet_lite4": 380,
    "vit_tiny_patch16_224": 224,
}
CONVOLUTIONS = ["alexnet", "vgg11", "vgg16_bn"]
SMALL = 96

results = {}


def compute(name, model, size):
    sequence = Sequence(sum(name.encode()))
    state_dict = model.state_dict()
    for key in sorted(state_dict):
        new = sequence.tensor(key, list(state_dict[key].shape))
        if new is not None:
            state_dict[key] = new
    model.load_state_dict(state_dict)
    image = sequence.images(1, [3, size, size]).double()
    with torch.no_grad():
        result = model.eval().double()(image)
    if result.dim() == 4:
        result = result.mean((2, 3))
    results[name] = [float(f"{number:.9g}") for number in result[0, :LABELS].tolist()]


for name in TORCHVISION:
    compute(name, getattr(torchvision.models, name)(weights=None, num_classes=LABELS), 224)
for name, size in TIMM.items():
    compute(name, timm.create_model(name, pretrained=False, num_classes=LABELS), size)
compute("timm_convnext_tiny", timm.create_model("convnext_tiny", num_classes=LABELS), 224)
vit = torchvision.models.vit_b_16(weights=None, num_classes=LABELS)
vit.encoder.layers = vit.encoder.layers[:2]
compute("vit_b_16", vit, 224)
for name in CONVOLUTIONS:
    compute(name, getattr(torchvision.models, name)(weights=None, num_classes=1).features, SMALL)

lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in results.items())
(pathlib.Path(__file__).parent / "logits.json").write_text(f"{{\n{lines}\n}}\n")
