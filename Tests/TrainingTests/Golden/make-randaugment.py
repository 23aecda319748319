"""Writes randaugment.json: what each operation of torchvision's RandAugment makes of a picture.

python make-randaugment.py > randaugment.json
Needs torchvision, Pillow and numpy.
"""

import json
import sys

import numpy as np
import torchvision.transforms as transforms
from PIL import Image
from torchvision.transforms.autoaugment import _apply_op

WIDTH, HEIGHT, MAGNITUDE, FILL = 18, 14, 12, [90, 120, 60]
# The names of torchvision, the names here, and whether the two ways are swapped: torchvision
# translates by where pixels go, here it is by where they come from.
NAMES = {"Identity": ("identity", False), "ShearX": ("shearX", False), "ShearY": ("shearY", False),
         "TranslateX": ("translateX", True), "TranslateY": ("translateY", True),
         "Rotate": ("rotate", False), "Brightness": ("brightness", False),
         "Color": ("saturation", False), "Contrast": ("contrast", False),
         "Sharpness": ("sharpness", False), "Posterize": ("posterize", False),
         "Solarize": ("solarize", False), "AutoContrast": ("autocontrast", False),
         "Equalize": ("equalize", False)}

y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
noise = np.random.default_rng(5).integers(0, 60, (HEIGHT, WIDTH, 3))
base = np.stack([x * 10, y * 13, (x // 6 + y // 5) % 2 * 180], axis=2)
picture = Image.fromarray((base + noise).astype(np.uint8))
space = transforms.RandAugment()._augmentation_space(31, (HEIGHT, WIDTH))
results = []
for name, (ours, swapped) in NAMES.items():
    magnitudes, signed = space[name]
    magnitude = float(magnitudes[MAGNITUDE]) if magnitudes.ndim else 0.0
    for negative in [False, True] if signed else [False]:
        result = _apply_op(picture, name, -magnitude if negative else magnitude,
                           interpolation=transforms.InterpolationMode.BILINEAR, fill=FILL)
        results.append({"operation": ours, "isNegative": negative != swapped if signed else False,
                        "rgb": list(result.tobytes())})
json.dump({"width": WIDTH, "height": HEIGHT, "magnitude": MAGNITUDE, "fill": FILL,
           "rgb": list(picture.tobytes()), "results": results}, sys.stdout, separators=(",", ":"))
print()
