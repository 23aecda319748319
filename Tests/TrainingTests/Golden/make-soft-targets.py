"""Writes soft-targets.json: losses and gradients of PyTorch's CrossEntropyLoss.

python make-soft-targets.py > soft-targets.json
Needs torch 2 and numpy 2.
"""

import json
import sys

import numpy as np
import torch

random = np.random.default_rng(31)
ROWS, LABELS = 5, 4


def numbers(array):
    return np.asarray(array, np.float64).round(9).ravel().tolist()


def case(soft, smoothing, weighted, scale):
    logits = torch.tensor(random.normal(size=(ROWS, LABELS)) * scale).float().double()
    logits.requires_grad_()
    labels = torch.tensor(random.integers(0, LABELS, ROWS))
    targets = torch.nn.functional.one_hot(labels, LABELS).double()
    if soft:
        share = 0.3125
        targets = share * targets + (1 - share) * targets.flip(0)
    weights = torch.tensor([0.5, 2.0, 1.25, 0.25], dtype=torch.float64) if weighted else None
    loss = torch.nn.functional.cross_entropy(
        logits, targets if soft else labels, weight=weights, label_smoothing=smoothing)
    loss.backward()
    return {
        "logits": numbers(logits.detach()), "targets": numbers(targets), "smoothing": smoothing,
        "weights": numbers(weights) if weighted else [1.0] * LABELS,
        # PyTorch divides by the rows for soft targets, whatever the weights.
        "dividesByRows": soft and weighted, "loss": loss.item(), "gradient": numbers(logits.grad)}


json.dump([case(soft, smoothing, weighted, scale)
           for soft in [False, True] for weighted in [False, True]
           for smoothing, scale in [(0.0, 1), (0.1, 4)]], sys.stdout)
print()
