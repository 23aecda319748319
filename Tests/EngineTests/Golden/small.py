"""Computes the small networks that operations.json and gradients.json describe."""

import torch
import torch.nn.functional as F


def compute(one, weights, images, trainable=()):
    """The result; batch norms of `trainable` layers use the batch and change their statistics."""
    values = {"input": images}
    for step in one["layers"]:
        inputs = [values[name] for name in step["inputs"]]
        x, kind, name = inputs[0], step["kind"], step["name"]
        tensor = lambda part: weights.get(f"{name}.{part}")
        if "padding" in step:
            top, left, bottom, right = step["padding"]
            pads = (left, right, top, bottom)
        if kind == "convolution":
            y = F.conv2d(F.pad(x, pads), tensor("weight"), tensor("bias"), step["stride"], 0,
                         step["dilation"], step["groups"])
        elif kind == "batchNorm":
            y = F.batch_norm(x, tensor("running_mean"), tensor("running_var"), tensor("weight"),
                             tensor("bias"), name in trainable, 0.1, 1e-5)
        elif kind == "linear":
            y = F.linear(x, tensor("weight"), tensor("bias"))
        elif kind == "relu":
            y = F.relu(x)
        elif kind in ("relu6", "hardswish", "silu", "gelu", "hardsigmoid"):
            y = getattr(F, kind)(x)
        elif kind == "sigmoid":
            y = torch.sigmoid(x)
        elif kind == "add":
            y = inputs[0] + inputs[1]
        elif kind == "maxPool":
            y = F.max_pool2d(F.pad(x, pads, value=float("-inf")), step["kernel"], step["stride"])
        elif kind == "averagePool":
            y = F.avg_pool2d(F.pad(x, pads), step["kernel"], step["stride"])
        elif kind == "globalAveragePool":
            y = x.mean((2, 3), keepdim=True)
        elif kind == "flatten":
            y = x.flatten(1)
        elif kind == "dropout":
            y = x
        values[name] = y
    return values[one["layers"][-1]["name"]]


def shapes(step):
    """The tensors of a layer in PyTorch's order."""
    kind, name = step["kind"], step["name"]
    if kind == "convolution":
        i, o = step["channels"]
        yield f"{name}.weight", [o, i // step["groups"], *step["kernel"]]
        if step["bias"]:
            yield f"{name}.bias", [o]
    elif kind == "batchNorm":
        for part in ["weight", "bias", "running_mean", "running_var"]:
            yield f"{name}.{part}", [step["channels"][0]]
    elif kind == "linear":
        i, o = step["channels"]
        yield f"{name}.weight", [o, i]
        if step["bias"]:
            yield f"{name}.bias", [o]
