"""Writes what Pillow and torchvision make of two small pictures, to resized.json beside this file.

Pillow mixes columns first and then rows, but newer versions turn that round for some sizes. So that
the numbers do not depend on the version, each axis is resized in a call of its own here, and the
script checks that the one call gives the same but for rounding. Needs Pillow, numpy, torch and torchvision. Run: python3 Tests/ImagesTests/Golden/make-resized.py
"""

import json
import pathlib

import numpy
import torchvision.transforms as transforms
from PIL import Image

FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
MODES = {"bilinear": transforms.InterpolationMode.BILINEAR,
         "bicubic": transforms.InterpolationMode.BICUBIC}
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def source(width, height, seed):
    """Edges, a gradient and noise."""
    y, x = numpy.mgrid[0:height, 0:width]
    noise = numpy.random.default_rng(seed).integers(0, 60, (height, width, 3))
    base = numpy.stack([(x * 5 + y) % 200, (x // 7 + y // 5) % 2 * 195, y * 195 // height], axis=2)
    return Image.fromarray((base + noise).astype(numpy.uint8))


def columns_first(image, size, resample):
    result = image.resize((size[0], image.height), resample).resize(size, resample)
    whole = image.resize(size, resample)
    difference = numpy.abs(numpy.asarray(result).astype(int) - numpy.asarray(whole))
    assert difference.mean() < 0.4, difference.mean()
    return result


def described(image):
    return {"width": image.width, "height": image.height, "rgb": image.tobytes().hex()}


sources = [source(40, 30, 1), source(23, 37, 2)]
resized = []
preprocessed = []
for index, image in enumerate(sources):
    for name, resample in FILTERS.items():
        for size in [(20, 15), (17, 13), (61, 19), (5, 48), (40, 11), (1, 1)]:
            result = described(columns_first(image, size, resample))
            resized.append({"source": index, "interpolation": name, "result": result})
        for side, height, width in [(12, 10, 8), (13, 12, 12), (24, 9, 21), (8, 14, 11)]:
            size = transforms.Resize(side, MODES[name])(image).size
            steps = transforms.Compose([
                transforms.CenterCrop((height, width)), transforms.ToTensor(),
                transforms.Normalize(MEAN, DEVIATION)])
            values = steps(columns_first(image, size, resample)).flatten().tolist()
            preprocessed.append({
                "source": index, "interpolation": name, "shortSide": side, "cropHeight": height,
                "cropWidth": width, "values": [round(value, 5) for value in values]})
golden = {"sources": [described(image) for image in sources], "resized": resized,
          "preprocessed": preprocessed}
target = pathlib.Path(__file__).parent / "resized.json"
target.write_text(json.dumps(golden, sort_keys=True) + "\n")
