"""Computes the small networks that operations.json and gradients.json describe."""

import torch
import torch.nn.functional as F

ACTIVATIONS = ["relu", "relu6", "hardswish", "silu", "gelu", "sigmoid", "hardsigmoid"]


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
            prefix = step.get("prefix", "")
            y = F.linear(x, tensor(f"{prefix}weight"), tensor(f"{prefix}bias"))
        elif kind in ACTIVATIONS:
            y = getattr(F, kind)(x)
        elif kind == "add":
            y = inputs[0] + inputs[1]
        elif kind == "multiply":
            y = inputs[0] * inputs[1]
        elif kind == "concatenate":
            y = torch.cat(inputs, 1)
        elif kind == "narrow":
            y = x.narrow(1, *step["range"])
        elif kind == "channelShuffle":
            y = F.channel_shuffle(x, step["groups"])
        elif kind == "layerNorm":
            y = F.layer_norm(x, step["channels"][:1], tensor("weight"), tensor("bias"), 1e-5)
        elif kind == "reshape":
            y = x.reshape(len(x), *step["shape"])
        elif kind == "transpose":
            y = x.permute(0, *[axis + 1 for axis in step["order"]])
        elif kind == "matrixProduct":
            y = inputs[0] @ inputs[1]
        elif kind == "softmax":
            y = x.softmax(-1)
        elif kind == "attention":
            q, k, v = x.unflatten(2, (3, step["groups"], -1)).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        elif kind in ["layerScale", "classToken", "positionEmbedding"]:
            own = weights[f"{name}.{step['tensor']}" if step["tensor"] else name]
            if kind == "layerScale":
                y = x * own
            elif kind == "classToken":
                y = torch.cat([own.expand(len(x), -1, -1), x], 1)
            else:
                y = x + own
        elif kind == "maxPool":
            y = F.max_pool2d(F.pad(x, pads, value=float("-inf")), step["kernel"], step["stride"])
        elif kind == "averagePool":
            y = F.avg_pool2d(F.pad(x, pads), step["kernel"], step["stride"])
        elif kind == "globalAveragePool":
            y = x.mean((2, 3), keepdim=True)
        elif kind == "flatten":
            y = x.flatten(1)
        elif kind in ["dropout", "stochasticDepth"]:
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
    elif kind == "layerNorm":
        yield f"{name}.weight", step["channels"][:1]
        yield f"{name}.bias", step["channels"][:1]
    elif kind == "linear":
        i, o = step["channels"]
        prefix = step.get("prefix", "")
        yield f"{name}.{prefix}weight", [o, i]
        if step["bias"]:
            yield f"{name}.{prefix}bias", [o]
    elif "tensor" in step:
        yield f"{name}.{step['tensor']}" if step["tensor"] else name, step["shape"]
