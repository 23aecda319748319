"""Writes statistics of pictures by numpy and OpenCV, to statistics.json beside this file.

Needs Pillow, numpy and opencv-python-headless. Run: python3 Tests/ImagesTests/Golden/make-statistics.py
"""

import json
import pathlib

import cv2
import numpy
from PIL import Image, ImageFilter

here = pathlib.Path(__file__).parent
photos = here.parents[2] / "fixtures" / "photos"
SIDE = 256


def shrunk(image):
    short = min(image.size)
    if short <= SIDE:
        return image
    return image.resize((image.width * SIDE // short, image.height * SIDE // short), Image.BILINEAR)


def percentile(values, percent):
    return float(numpy.percentile(values, percent, method="inverted_cdf")) / 255


def statistics(image):
    image = shrunk(image)
    luma = numpy.asarray(image.convert("L"))
    pixels = numpy.asarray(image).astype(int)
    laplacian = cv2.Laplacian(luma, cv2.CV_64F)
    contrast = luma.astype(float).var()
    return {
        "low": percentile(luma, 5),
        "quartile": percentile(luma, 25),
        "high": percentile(luma, 95),
        "colorfulness": percentile(pixels.max(axis=2) - pixels.min(axis=2), 95),
        "sharpness": float(laplacian.var() / contrast) if contrast >= 1 else 0.0,
    }


results = []
for path in sorted(photos.glob("*/*/*.png"))[::20]:
    with Image.open(path) as image:
        results.append({"file": str(path.relative_to(photos)), **statistics(image.convert("RGB"))})

with Image.open(sorted(photos.glob("*/*/*.png"))[3]) as image:
    small = image.convert("RGB").resize((30, 22), Image.BICUBIC)
variants = {
    "as it is": small,
    "dark": small.point(lambda value: value // 5),
    "bright": small.point(lambda value: min(255, value * 2 + 90)),
    "blurred": small.filter(ImageFilter.GaussianBlur(2)),
    "grey": small.convert("L").convert("RGB"),
    "plain": Image.new("RGB", (9, 7), (120, 121, 119)),
    "one row": small.crop((0, 5, 30, 6)),
    "one column": small.crop((4, 0, 5, 22)),
}
for name, image in variants.items():
    results.append({"name": name, "width": image.width, "height": image.height,
                    "rgb": image.tobytes().hex(), **statistics(image)})

(here / "statistics.json").write_text(json.dumps(results, indent=0) + "\n")
