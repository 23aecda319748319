"""Decodes the images below a folder with Pillow and resizes each to a short side of 256."""

import pathlib
import sys

from PIL import Image

for path in sorted(pathlib.Path(sys.argv[1]).rglob("*")):
    if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
        image = Image.open(path).convert("RGB")
        scale = 256 / min(image.size)
        image.resize([round(side * scale) for side in image.size], Image.BICUBIC)
