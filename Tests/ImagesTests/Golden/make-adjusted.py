"""Writes what Pillow and torchvision make of a small picture, to adjusted.json beside this file.

Needs Pillow, numpy and torchvision. Run: python3 Tests/ImagesTests/Golden/make-adjusted.py
"""

import json
import pathlib

import numpy
import torchvision.transforms.functional as functional
from PIL import Image, ImageEnhance, ImageOps

WIDTH, HEIGHT = 16, 12
FILL = (90, 120, 60)


def source():
    """Edges, a gradient and noise, with neither black nor white."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    noise = numpy.random.default_rng(7).integers(0, 50, (HEIGHT, WIDTH, 3))
    base = numpy.stack([(x * 11 + y) % 180, (x // 5 + y // 4) % 2 * 150 + 9, y * 150 // HEIGHT + 20],
                       axis=2)
    return Image.fromarray((base + noise).astype(numpy.uint8))


def described(image):
    return {"width": image.width, "height": image.height, "rgb": image.tobytes().hex()}


def columns_first(image, size, resample):
    """As in make-resized.py: each axis in a call of its own."""
    return image.resize((size[0], image.height), resample).resize(size, resample)


picture = source()
results = []


def add(operation, result, *arguments):
    results.append({"operation": operation, "arguments": list(arguments),
                    "result": described(result)})


for factor in [0.3, 1.0, 1.7]:
    add("brightness", ImageEnhance.Brightness(picture).enhance(factor), factor)
    add("contrast", ImageEnhance.Contrast(picture).enhance(factor), factor)
    add("saturation", ImageEnhance.Color(picture).enhance(factor), factor)
    add("sharpness", ImageEnhance.Sharpness(picture).enhance(factor), factor)
for turn in [-0.5, -0.13, 0.0, 0.2]:
    add("hue", functional.adjust_hue(picture, turn), turn)
for bits in [1, 4]:
    add("posterize", ImageOps.posterize(picture, bits), bits)
for threshold in [0, 100]:
    add("solarize", ImageOps.solarize(picture, threshold), threshold)
add("autocontrast", ImageOps.autocontrast(picture))
large = picture.resize((64, 48), Image.BILINEAR)
add("equalize", ImageOps.equalize(large).crop((0, 0, 16, 12)))
add("equalizeSmall", ImageOps.equalize(picture))
for degrees in [-30.0, 7.5, 90.0]:
    add("rotate", picture.rotate(degrees, Image.BILINEAR, fillcolor=FILL), degrees)
for name, data in [("shear", (1, 0.3, 0, 0, 1, 0)), ("shear", (1, 0, 0, -0.2, 1, 0)),
                   ("translate", (1, 0, 3.25, 0, 1, -2))]:
    moved = picture.transform(picture.size, Image.AFFINE, data, Image.BILINEAR, fillcolor=FILL)
    if name == "shear":
        add(name, moved, data[1], data[3])
    else:
        add(name, moved, data[2], data[5])
for window, size in [((2, 3, 9, 8), (6, 5)), ((5, 0, 11, 12), (14, 7)), ((1, 1, 4, 4), (4, 4))]:
    left, top, width, height = window
    cropped = picture.crop((left, top, left + width, top + height))
    add("window", columns_first(cropped, size, Image.BILINEAR), *window)

golden = {"source": described(picture), "large": described(large), "results": results}
target = pathlib.Path(__file__).parent / "adjusted.json"
target.write_text(json.dumps(golden, sort_keys=True) + "\n")
