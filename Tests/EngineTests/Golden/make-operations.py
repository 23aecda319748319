"""Describes small networks, one for each operation and each odd way to join them, and computes them.

Writes operations.json (the descriptions) and operations.safetensors (PyTorch's results for three
images, computed in double precision). Weights and images are those of recipe.py. Needs torch and
safetensors.
"""

import json
import pathlib

from recipe import Sequence
from safetensors.torch import save_file
from small import compute, shapes

here = pathlib.Path(__file__).parent
cases = []


def case(name, shape, *layers):
    previous = "input"
    for layer in layers:
        layer.setdefault("inputs", [previous])
        previous = layer["name"]
    cases.append({"name": name, "input": shape, "layers": list(layers)})


def layer(name, kind, inputs=None, **numbers):
    result = {"name": name, "kind": kind, **numbers}
    if inputs:
        result["inputs"] = inputs
    return result


def conv(name, i, o, k=3, s=1, p=0, inputs=None, g=1, d=1, bias=False):
    """Pads as [top, left, bottom, right]; kernels, strides and dilations as [height, width]."""
    two = lambda x: x if isinstance(x, list) else [x, x]
    four = lambda x: x if isinstance(x, list) else [x] * 4
    return layer(
        name, "convolution", inputs, channels=[i, o], kernel=two(k), stride=two(s),
        padding=four(p), dilation=two(d), groups=g, bias=bias)


def pool(name, kind, k, s, p=0, inputs=None):
    two = lambda x: x if isinstance(x, list) else [x, x]
    four = lambda x: x if isinstance(x, list) else [x] * 4
    return layer(name, kind, inputs, kernel=two(k), stride=two(s), padding=four(p))


def norm(name, c, inputs=None):
    return layer(name, "batchNorm", inputs, channels=[c, c])


def linear(name, i, o, bias=True, inputs=None):
    return layer(name, "linear", inputs, channels=[i, o], bias=bias)


def act(name, kind="relu", inputs=None):
    return layer(name, kind, inputs)


def add(name, a, b):
    return layer(name, "add", [a, b])


for c in range(1, 10):
    case(f"1x1 of {c}", [c, 6, 5], conv("a", c, 10 - c, 1), norm("n", 10 - c), act("r"))
    case(f"3x3 of {c}", [c, 9, 8], conv("a", c, c + 2, 3, 2, [0, 0, 1, 1]), norm("n", c + 2))
    case(f"3x3 of {c} inside", [3, 9, 8], conv("s", 3, c, 3, 1, 1), act("t"),
         conv("a", c, c, 3, 1, 1), norm("n", c), act("r", "relu6"))
    case(f"depthwise 3x3 of {c}", [c, 9, 8], conv("a", c, c, 3, 1, 1, g=c), norm("n", c),
         act("r", "relu6"))
    case(f"depthwise 5x5 of {c}", [c, 9, 10], conv("a", c, c, 5, 2, [1, 1, 2, 2], g=c),
         norm("n", c), act("r", "relu6"), conv("b", c, 4, 1))
    case(f"shortcut of {c}", [c, 5, 5], act("i"), conv("a", c, c, 3, 1, 1), norm("n", c),
         add("s", "n", "i"), act("r"))
    case(f"pools of {c}", [c, 9, 9], pool("m", "maxPool", 3, 2, 1),
         pool("p", "averagePool", 2, 1, [1, 0, 0, 1]), layer("g", "globalAveragePool"),
         layer("f", "flatten"))
    case(f"linear of {c}", [c, 2, 3], layer("f", "flatten"), linear("a", 6 * c, c, c % 2 == 0),
         act("r"), linear("b", c, 10 - c))
    case(f"batch norm of {c}", [c, 4, 3], norm("n", c))
    case(f"flatten of {c}", [c, 2, 3], act("r"), layer("f", "flatten"))

case("7x7 of an image", [3, 33, 31], conv("a", 3, 64, 7, 2, 3), norm("n", 64), act("r"),
     pool("m", "maxPool", 3, 2, 1))
case("unequal sides", [8, 12, 11], conv("a", 8, 9, [3, 2], [2, 1], [2, 0, 1, 1], d=[1, 2]))
case("dilation", [4, 12, 11], conv("a", 4, 16, 3, 1, 2, d=2, bias=True), act("r"))
case("groups", [6, 7, 7], conv("a", 6, 4, 3, 1, 1, g=2), norm("n", 4), act("r"))
case("channel multiplier", [3, 7, 7], conv("a", 3, 6, 3, 1, 1, g=3, bias=True), act("r", "relu6"))
case("groups with a shortcut", [32, 6, 6], act("i"), conv("a", 32, 32, 3, 1, 1, g=4),
     norm("n", 32), add("s", "i", "n"), act("r"))
case("bias before batch norm", [8, 6, 6], conv("a", 8, 24, 3, 1, 1, bias=True), norm("n", 24))
case("batch norm of the image", [3, 6, 6], norm("n", 3), conv("a", 3, 8, 3))
case("two batch norms", [3, 6, 6], conv("a", 3, 8), norm("n", 8), norm("o", 8), act("r"))
case("batch norm behind an activation", [3, 6, 6], conv("a", 3, 8), act("r"), norm("n", 8),
     act("t", "relu6"))
case("batch norm behind a sum", [8, 6, 6], conv("a", 8, 8, 1), add("s", "a", "input"),
     norm("n", 8), act("r"))
case("batch norm of what is read twice", [3, 6, 6], conv("a", 3, 8), norm("n", 8),
     add("s", "n", "a"))
case("batch norm with a shortcut", [8, 6, 6], act("i"), norm("n", 8), add("s", "i", "n"), act("r"))
case("activation of what is read twice", [3, 6, 6], conv("a", 3, 8), act("r"), add("s", "a", "r"))
case("two activations", [3, 6, 6], conv("a", 3, 8), act("r", "relu6"), act("t"))
case("sum of a thing with itself", [3, 6, 6], conv("a", 3, 8), add("s", "a", "a"), act("r"))
case("sum of the image with itself", [3, 6, 6], add("s", "input", "input"))
case("sum with the image", [5, 6, 6], conv("a", 5, 5, 3, 1, 1), add("s", "input", "a"), act("r"))
case("sum of two convolutions", [5, 6, 6], conv("a", 5, 9, 3, 1, 1), conv("b", 5, 9, 1, inputs=["input"]),
     norm("n", 9), add("s", "a", "n"), act("r"))
case("sum of a convolution and what it reads twice", [8, 6, 6], act("i"), conv("a", 8, 8, 3, 1, 1),
     add("s", "a", "i"), conv("b", 8, 8, 1), add("t", "b", "i"), act("r"), add("u", "r", "i"))
case("sum of two activations", [8, 6, 6], conv("a", 8, 8, 1), act("r"),
     conv("b", 8, 8, 1, inputs=["input"]), act("t"), add("s", "r", "t"), act("u", "relu6"))
case("sum of sums", [8, 6, 6], conv("a", 8, 8, 1), conv("b", 8, 8, 1, inputs=["input"]),
     conv("c", 8, 8, 1, inputs=["input"]), add("s", "a", "b"), add("t", "s", "c"), act("r"))
case("sum with a pool", [8, 6, 6], pool("m", "maxPool", 3, 1, 1), conv("a", 8, 8, 3, 1, 1, inputs=["input"]),
     add("s", "m", "a"))
case("dropout only", [3, 4, 4], layer("d", "dropout"))
case("dropout between", [3, 4, 4], conv("a", 3, 8), layer("d", "dropout"), norm("n", 8),
     layer("e", "dropout"), act("r"), layer("f", "flatten"), layer("g", "dropout"),
     linear("b", 32, 5))
case("flatten only", [3, 4, 4], layer("f", "flatten"))
case("flatten of what is read twice", [8, 1, 1], act("i"), layer("f", "flatten"),
     linear("a", 8, 8), add("s", "a", "f"), act("r"))
case("flatten of whole blocks", [16, 2, 2], act("i"), layer("f", "flatten"), linear("a", 64, 3))
case("global pool of the image", [3, 10, 12], layer("g", "globalAveragePool"))
case("global pool of a large map", [16, 112, 96], act("i"), layer("g", "globalAveragePool"),
     layer("f", "flatten"))
case("max pool of the image", [3, 7, 7], pool("m", "maxPool", [2, 3], [2, 1], [0, 1, 1, 2]))
case("sum of linear layers", [4, 1, 1], layer("f", "flatten"), linear("a", 4, 7),
     linear("b", 4, 7, inputs=["f"]), add("s", "a", "b"), act("r"), linear("c", 7, 2))
case("a layer that nobody reads", [3, 6, 6], conv("a", 3, 8), conv("b", 8, 8),
     act("r", inputs=["a"]))
case("a long life", [8, 5, 5], conv("a", 8, 16, 1), act("r"), conv("b", 16, 16, 3, 1, 1), act("t"),
     conv("c", 16, 16, 3, 1, 1), add("s", "c", "r"), conv("d", 16, 16, 1), add("u", "s", "d"),
     add("v", "u", "r"), act("w"))


results = {}
for number, one in enumerate(cases):
    sequence = Sequence(number)
    weights = {}
    for step in one["layers"]:
        for name, shape in shapes(step):
            weights[name] = sequence.tensor(name, shape).double()
    images = sequence.images(3, one["input"]).double()
    results[one["name"]] = compute(one, weights, images).float().contiguous()

save_file(results, here / "operations.safetensors")
lines = ",\n".join(json.dumps(one) for one in cases)
(here / "operations.json").write_text(f"[\n{lines}\n]\n")
