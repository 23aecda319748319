"""Computes gradients of the small networks of operations.json, and of some more.

Writes gradients.json: networks with a 1x1 convolution `pre` before each, so that the gradient of
its input shows. With three images, "trained" is what comes out when all layers train, "frozen" when
only `pre` does, so that the gradient passes through frozen layers. The loss is the sum of the result
multiplied by pseudo-random numbers. For each trainable tensor the file holds the norm of its
gradient and the gradient's dot product with pseudo-random numbers; for each running statistic the
same of its value after the step. Everything is computed in double precision with recipe.py's
numbers: weights, images, factors of the loss, then factors of the dot products, tensor by tensor; the seed is
the network's place in the list.
Dropout and stochastic depth do nothing here: their masks are random. Needs torch.
"""

import json
import pathlib

import torch
from recipe import Sequence
from small import ACTIVATIONS, compute, shapes

here = pathlib.Path(__file__).parent
IMAGES = 3


def conv(name, i, o, k=3, s=1, p=0, g=1, d=1, bias=False, inputs=None):
    result = {"name": name, "kind": "convolution", "channels": [i, o], "kernel": [k, k],
              "stride": [s, s], "padding": [p] * 4, "dilation": [d, d], "groups": g, "bias": bias}
    return result | ({"inputs": inputs} if inputs else {})


def layer(name, kind, inputs=None, **numbers):
    return {"name": name, "kind": kind, **numbers} | ({"inputs": inputs} if inputs else {})


def norm(name, c):
    return layer(name, "batchNorm", channels=[c, c])


def case(name, shape, *layers):
    previous = "input"
    for one in layers:
        one.setdefault("inputs", [previous])
        previous = one["name"]
    return {"name": name, "input": shape, "layers": list(layers)}


def more():
    for kind in ACTIVATIONS:
        for c in [1, 7, 17]:
            yield case(f"{kind} of {c}", [c, 5, 7], layer("r", kind))
        yield case(f"{kind} of features", [3, 5, 7], layer("f", "flatten"),
                   layer("l", "linear", channels=[105, 11], bias=True), layer("r", kind),
                   layer("m", "linear", channels=[11, 4], bias=True))
    for c in [1, 2, 3, 4, 5, 6, 7, 8, 9, 17]:
        # Squeeze-and-excite's shapes: few channels, one pixel.
        yield case(f"one pixel of {c}", [17, 5, 7], layer("g", "globalAveragePool"),
                   conv("a", 17, c, 1, bias=True), layer("r", "silu"),
                   conv("b", c, 17, 1, bias=True), layer("s", "hardsigmoid"))
        yield case(f"batch norm with a relu of {c}", [c, 5, 7], norm("n", c), layer("r", "relu"),
                   conv("a", c, 5, 3))
        yield case(f"depthwise 7x7 of {c}", [c, 11, 9], conv("a", c, c, 7, 1, 3, g=c, bias=True))
        yield case(f"depthwise 5x5 with stride of {c}", [c, 11, 9],
                   conv("a", c, c, 5, 2, 2, g=c), norm("n", c))
        yield case(f"depthwise 3x3 with stride of {c}", [c, 11, 9],
                   conv("a", c, c, 3, 2, 1, g=c), norm("n", c))
    yield case("17 channels", [17, 11, 9], conv("a", 17, 33, 3, 2, 1), norm("n", 33),
               layer("r", "relu"), conv("b", 33, 17, 1, bias=True))
    yield case("a value read by three", [5, 6, 7], conv("a", 5, 5, 3, 1, 1), layer("r", "relu6"),
               conv("b", 5, 5, 1), layer("s", "add", ["b", "r"]), layer("t", "add", ["s", "r"]),
               layer("u", "add", ["t", "t"]), layer("v", "silu"))
    yield case("sums of sums share gradients", [8, 6, 7], conv("a", 8, 8, 1), norm("n", 8),
               layer("s", "add", ["n", "input"]), conv("b", 8, 8, 3, 1, 1), norm("o", 8),
               layer("t", "add", ["o", "s"]), layer("u", "add", ["t", "n"]))


def prepend(one):
    channels = one["input"][0]
    layers = [conv("pre", channels, channels, 1, bias=True, inputs=["input"])]
    for step in one["layers"]:
        inputs = ["pre" if name == "input" else name for name in step["inputs"]]
        layers.append(step | {"inputs": inputs})
    return {"name": one["name"], "input": one["input"], "layers": layers}


def rounded(number):
    return float(f"{float(number):.7g}")


def run(one, number, trainable):
    sequence = Sequence(number)
    weights = {}
    for step in one["layers"]:
        for name, shape in shapes(step):
            weights[name] = sequence.tensor(name, shape).double()
    images = sequence.images(IMAGES, one["input"]).double()
    parameters = [name for name in weights
                  if name.rsplit(".", 1)[0] in trainable and "running" not in name]
    for name in parameters:
        weights[name].requires_grad_()
    result = compute(one, weights, images, trainable)
    factors = sequence.images(1, result.shape)[0].double()
    (result * factors).sum().backward()
    sums = {}
    for name in parameters:
        # A layer that nobody reads has no gradient: zero.
        gradient = weights[name].grad
        gradient = torch.zeros_like(weights[name]) if gradient is None else gradient
        factors = sequence.images(1, gradient.shape)[0].double()
        sums[name] = [rounded(gradient.norm()), rounded((gradient * factors).sum())]
    for name, value in weights.items():
        if name.rsplit(".", 1)[0] in trainable and "running" in name:
            factors = sequence.images(1, value.shape)[0].double()
            sums[name] = [rounded(value.norm()), rounded((value * factors).sum())]
    return sums


cases = json.loads((here / "operations.json").read_text())
runs = []
for one in [prepend(one) for one in [*cases, *more()]]:
    everything = {step["name"] for step in one["layers"]}
    runs.append({**one, "trained": run(one, len(runs), everything),
                 "frozen": run(one, len(runs), {"pre"})})
lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in runs)
(here / "gradients.json").write_text(f"[\n{lines}\n]\n")
