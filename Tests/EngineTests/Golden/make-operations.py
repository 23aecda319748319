"""Describes small networks, one for each operation and each odd way to join them, and computes them.

Writes operations.json (the descriptions) and operations.safetensors (PyTorch's results for three
images, computed in double precision). Weights and images are those of recipe.py. Needs torch and
safetensors.
"""

import json
import pathlib

from recipe import Sequence
from safetensors.torch import save_file
from small import ACTIVATIONS, compute, shapes

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


def multiply(name, a, b):
    return layer(name, "multiply", [a, b])


def layer_norm(name, f, inputs=None):
    return layer(name, "layerNorm", inputs, channels=[f, f])


def narrow(name, start, length, inputs=None):
    return layer(name, "narrow", inputs, range=[start, length])


def transpose(name, *order, inputs=None):
    return layer(name, "transpose", inputs, order=list(order))


def reshape(name, *shape, inputs=None):
    return layer(name, "reshape", inputs, shape=list(shape))


def learned(name, kind, tensor, *shape, inputs=None):
    """A layer with a tensor of its own, called `name.tensor`, or only `name`."""
    return layer(name, kind, inputs, tensor=tensor, shape=list(shape))


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

for c in range(1, 10):
    case(f"activations of {c}", [c, 3, 5],
         *[act(f"{i}", kind) for i, kind in enumerate(ACTIVATIONS[2:])])
    case(f"activations behind convolutions of {c}", [c, 3, 5],
         *[one for i, kind in enumerate(ACTIVATIONS[2:])
           for one in (conv(f"c{i}", c, c, 1, bias=True), act(f"a{i}", kind))])
    case(f"squeeze and excite of {c}", [3, 6, 5], conv("a", 3, c, 3, 1, 1), norm("n", c),
         act("h", "hardswish"), layer("g", "globalAveragePool"), conv("b", c, 2, 1, bias=True),
         act("r"), conv("e", 2, c, 1, bias=True), act("s", "hardsigmoid"), multiply("m", "h", "s"),
         conv("d", c, 4, 1))
    case(f"concatenation of {c}", [3, 5, 4], conv("a", 3, c, 1), act("r"),
         conv("b", 3, 8, 1, inputs=["input"]), conv("d", 3, 10 - c, 1, inputs=["input"]),
         layer("c", "concatenate", ["r", "b", "d", "r"]), conv("e", 18 + c, 3, 1))
    case(f"shuffle of {c} in two groups", [3, 5, 4], conv("a", 3, 2 * c, 1), act("r"),
         narrow("f", 0, c), narrow("s", c, c, ["r"]), conv("b", c, c, 3, 1, 1, g=c), norm("n", c),
         layer("c", "concatenate", ["f", "n"]), layer("z", "channelShuffle", groups=2))
    case(f"channels last of {c}", [3, 5, 4], conv("a", 3, c, 3, 1, 1, bias=True),
         transpose("p", 1, 2, 0), layer_norm("n", c), linear("l", c, 4 * c), act("g", "gelu"),
         linear("m", 4 * c, c), learned("y", "layerScale", "gamma", c), transpose("q", 2, 0, 1),
         layer("d", "stochasticDepth"), add("s", "a", "q"), conv("b", c, 5, 1))
    case(f"attention of {c} heads", [3, 8, 6], conv("a", 3, 2 * c, 2, 2, bias=True),
         reshape("f", 2 * c, 12), transpose("p", 1, 0),
         learned("cls", "classToken", "", 1, 1, 2 * c),
         learned("pos", "positionEmbedding", "pos_embed", 1, 13, 2 * c), layer("d", "dropout"),
         layer_norm("n", 2 * c),
         layer("i", "linear", channels=[2 * c, 6 * c], bias=True, prefix="in_proj_"),
         layer("t", "attention", groups=c), linear("o", 2 * c, 2 * c),
         learned("y", "layerScale", "gamma", 2 * c), add("s", "d", "o" if c == 4 else "y"),
         layer_norm("m", 2 * c), linear("u", 2 * c, 3 * c), act("g", "gelu"),
         linear("v", 3 * c, 2 * c, bias=False), add("w", "v", "s"), narrow("k", 0, 1),
         layer("h", "flatten"), linear("z", 2 * c, 5))
    case(f"product of matrices of {c}", [c, 3, 4], act("r"), transpose("t", 0, 2, 1),
         layer("m", "matrixProduct", ["t", "r"]), layer("s", "softmax"),
         layer("n", "matrixProduct", ["r", "s"]))

case("all activations at once", [9, 4, 4],
     *[one for i, kind in enumerate(ACTIVATIONS)
       for one in (conv(f"c{i}", 9, 9, 1, inputs=["input"]), act(f"a{i}", kind))],
     layer("c", "concatenate", [f"a{i}" for i in range(len(ACTIVATIONS))]))
case("activations behind linear layers", [5, 1, 1], layer("f", "flatten"),
     *[one for i, kind in enumerate(ACTIVATIONS)
       for one in (linear(f"l{i}", 5, 5), act(f"a{i}", kind))])
case("activations behind sums", [5, 2, 3],
     *[one for i, kind in enumerate(ACTIVATIONS)
       for one in (add(f"s{i}", f"a{i - 1}" if i else "input", "input"), act(f"a{i}", kind))])
case("product of the image with itself", [3, 6, 6], multiply("m", "input", "input"))
case("product of two convolutions", [5, 6, 6], conv("a", 5, 9, 3, 1, 1),
     conv("b", 5, 9, 1, inputs=["input"]), act("s", "sigmoid"), multiply("m", "a", "s"), act("r"))
case("product of vectors", [4, 1, 1], layer("f", "flatten"), linear("a", 4, 7), act("s", "sigmoid"),
     linear("b", 4, 7, inputs=["f"]), multiply("m", "b", "s"))
case("concatenation of the image with itself", [3, 4, 4],
     layer("c", "concatenate", ["input", "input"]))
case("concatenation of tokens", [4, 3, 2], reshape("f", 4, 6), linear("a", 6, 6),
     layer("c", "concatenate", ["a", "f", "a"]), narrow("k", 3, 7))
case("dense blocks", [8, 6, 6], norm("n", 8), act("r"), conv("a", 8, 6, 1), norm("o", 6), act("t"),
     conv("b", 6, 8, 3, 1, 1), layer("c", "concatenate", ["input", "b"]), norm("p", 16), act("u"),
     conv("e", 16, 4, 3, 1, 1), layer("d", "concatenate", ["input", "b", "e"]), norm("q", 20),
     act("v"))
case("shuffle of three groups", [12, 3, 5], layer("z", "channelShuffle", groups=3), conv("a", 12, 9, 1),
     act("r"), layer("y", "channelShuffle", groups=3))
case("layer norm of the image", [3, 4, 5], layer_norm("n", 5))
case("layer norm of channels between convolutions", [3, 6, 5], conv("a", 3, 9, 1),
     transpose("p", 1, 2, 0), layer_norm("n", 9), transpose("q", 2, 0, 1), conv("b", 9, 8, 2, 2))
case("linear layer on the width of the image", [3, 4, 5], linear("a", 5, 7), act("g", "gelu"))
case("scale of channels", [3, 4, 5], conv("a", 3, 9, 1), act("r"),
     learned("y", "layerScale", "layer_scale", 9, 1, 1), add("s", "y", "r"))
case("scale of rows", [9, 4, 5], act("r"), learned("y", "layerScale", "scale", 4, 1))
case("scale of everything", [9, 4, 5], learned("y", "layerScale", "scale", 9, 1, 5))
case("scale of a linear layer that is read twice", [4, 1, 1], layer("f", "flatten"), linear("a", 4, 7),
     learned("y", "layerScale", "gamma", 7), add("s", "y", "a"))
for order in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]:
    case(f"axes {order} of the image", [3, 4, 5], transpose("p", *order))
    case(f"axes {order} of a convolution", [3, 4, 5], conv("a", 3, 9, 1), transpose("p", *order),
         act("r"), transpose("q", *order))
case("reshape of a convolution", [3, 4, 4], conv("a", 3, 9, 1), reshape("f", 3, 2, 24),
     conv("b", 3, 8, 1), reshape("g", 2, 2, 2, 2, 24), layer("s", "softmax"), transpose("p", 4, 1, 0, 3, 2))
case("dropped images", [3, 4, 4], layer("d", "stochasticDepth"), act("s", "silu"))


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
