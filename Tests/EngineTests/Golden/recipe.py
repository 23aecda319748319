"""Numbers that Python and Swift make alike: `Tests/EngineTests/Recipe.swift` is the other side.

One sequence of SplitMix64 (`Sources/Tensors/RandomGenerator.swift`) from a seed fills the tensors
of a state dict in their order, and then the images. `u` is the next number in [0, 1):

- `running_mean`, and what ends in `bias`: (2u - 1) / 8
- `running_var`, `layer_scale`, and other tensors of one axis, as weights of norms: 0.5 + u
- other weights: (2u - 1) * sqrt(6 / inputs of an output), which keeps the size of activations
- images: 2u - 1

All of it is in single precision.
"""

import numpy as np
import torch

GAMMA = 0x9E3779B97F4A7C15


class Sequence:
    def __init__(self, seed):
        self.state = seed

    def uniform(self, count):
        """The next numbers in [0, 1), multiples of 2^-24."""
        steps = np.arange(1, count + 1, dtype=np.uint64)
        with np.errstate(over="ignore"):
            bits = np.uint64(self.state) + steps * np.uint64(GAMMA)
            bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            bits ^= bits >> np.uint64(31)
        self.state = (self.state + count * GAMMA) % 2**64
        return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)

    def tensor(self, name, shape):
        """The tensor of that name; None for the counter of batches, which is left alone."""
        part = name.rsplit(".", 1)[-1]
        if part == "num_batches_tracked":
            return None
        count = int(np.prod(shape))
        u = self.uniform(count)
        if part == "running_mean" or part.endswith("bias"):
            values = (np.float32(2) * u - np.float32(1)) * np.float32(0.125)
        elif part in ("running_var", "layer_scale") or len(shape) == 1:
            values = np.float32(0.5) + u
        else:
            bound = np.float32(np.sqrt(6.0 / (count // shape[0])))
            values = (np.float32(2) * u - np.float32(1)) * bound
        return torch.from_numpy(values.reshape(shape))

    def images(self, count, shape):
        u = self.uniform(count * int(np.prod(shape)))
        return torch.from_numpy((np.float32(2) * u - np.float32(1)).reshape([count, *shape]))
