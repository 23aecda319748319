"""Computes what the engine's own kernels should, forward and backward, in double precision.

Writes kernels.safetensors, tensors named "kernel sizes.part". The inputs are those of recipe.py, in
the order in which each function draws them; the seed is the sum of the bytes of the name before the
dot. The sizes stand again in Tests/EngineTests/Kernels. Needs torch and safetensors.
"""

import pathlib

import torch
import torch.nn.functional as F
from recipe import Sequence
from safetensors.torch import save_file

results = {}


class Draw:
    def __init__(self, name):
        self.name = name
        self.sequence = Sequence(sum(name.encode()))

    def __call__(self, *shape, scale=1):
        numbers = self.sequence.images(1, list(shape))[0] * scale
        return numbers.double().requires_grad_()

    def save(self, y, dy=None, **inputs):
        y.backward(self(*y.shape).detach() if dy is None else dy)
        results[f"{self.name}.y"] = y
        for part, tensor in inputs.items():
            results[f"{self.name}.d{part}"] = tensor.grad


for channels in [*range(1, 10), 17]:
    draw = Draw(f"hardsigmoid {channels}")
    x = draw(channels, 15, scale=5)
    draw.save(F.hardsigmoid(x), x=x)

    draw = Draw(f"multiply {channels}")
    x, s = draw(channels, 15), draw(channels, 1)
    draw.save(x * s, x=x, s=s)

for rows, features in [(3, f) for f in range(1, 10)] + [(70, 17), (5, 40)]:
    draw = Draw(f"layer norm {rows} {features}")
    x, weight, bias = draw(rows, features), draw(features), draw(features)
    draw.save(F.layer_norm(x, [features], weight, bias, 1e-5), x=x, weight=weight, bias=bias)

    draw = Draw(f"layer scale {rows} {features}")
    x, s = draw(rows, features), draw(features)
    draw.save(x * s, x=x, s=s)

    draw = Draw(f"softmax {rows} {features}")
    x = draw(rows, features, scale=4)
    draw.save(x.softmax(1), x=x)

for count, m, n, k in [(1, 1, 1, 1), (3, 5, 7, 2), (2, 17, 9, 33)]:
    draw = Draw(f"matrix product {count} {m} {n} {k}")
    a, b = draw(count, m, k), draw(count, k, n)
    draw.save(a @ b, a=a, b=b)

for tokens, heads, width in [(1, 1, 1), (5, 3, 4), (17, 2, 8), (9, 1, 3)]:
    draw = Draw(f"attention {tokens} {heads} {width}")
    x = draw(tokens, 3 * heads * width, scale=4)
    q, k, v = x.reshape(tokens, 3, heads, width).permute(1, 2, 0, 3)
    y = F.scaled_dot_product_attention(q, k, v)
    draw.save(y.transpose(0, 1).reshape(tokens, heads * width), x=x)

# Kernel, stride, padding [top, left, bottom, right] and dilation; then height and width.
DEPTHWISE = [
    ([5, 5], [1, 1], [2, 2, 2, 2], [1, 1], 7, 9),
    ([7, 7], [1, 1], [3, 3, 3, 3], [1, 1], 9, 8),
    ([3, 3], [2, 2], [1, 1, 1, 1], [1, 1], 6, 7),
    ([5, 5], [2, 2], [1, 1, 2, 2], [1, 1], 8, 8),
    ([3, 4], [1, 2], [2, 0, 1, 3], [2, 1], 8, 11),
    ([6, 2], [2, 1], [5, 1, 0, 0], [1, 3], 9, 7),
    ([1, 11], [1, 3], [0, 6, 0, 4], [1, 1], 2, 12),
    ([5, 5], [1, 1], [2, 2, 2, 2], [1, 1], 1, 2),
]
for number, (kernel, stride, padding, dilation, height, width) in enumerate(DEPTHWISE):
    for channels in [*range(1, 10), 17] if number < 2 else [9]:
        draw = Draw(f"depthwise {number} {channels}")
        x, w = draw(2, channels, height, width), draw(channels, 1, *kernel)
        top, left, bottom, right = padding
        y = F.conv2d(F.pad(x, (left, right, top, bottom)), w, None, stride, 0, dilation, channels)
        y.backward(draw(*y.shape).detach())
        results[f"{draw.name}.dw"] = w.grad

results = {name: tensor.detach().float().contiguous() for name, tensor in results.items()}
save_file(results, pathlib.Path(__file__).parent / "kernels.safetensors")
