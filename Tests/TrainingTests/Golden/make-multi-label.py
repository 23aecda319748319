"""Writes multi-label.json: losses, metrics and fits of independent labels.

python make-multi-label.py > multi-label.json
Needs torch 2, numpy 2, scipy 1 and scikit-learn 1.
"""

import json
import sys
import warnings

import numpy as np
import torch
from scipy.optimize import minimize
from sklearn.metrics import (
    accuracy_score, average_precision_score, f1_score, precision_recall_fscore_support)

warnings.filterwarnings("ignore")
random = np.random.default_rng(47)


def numbers(array):
    return np.asarray(array, np.float64).round(9).ravel().tolist()


def loss(smoothing, weighted, soft, scale):
    rows, labels = 6, 4
    logits = torch.tensor(random.normal(size=(rows, labels)) * scale).float().double()
    logits.requires_grad_()
    targets = torch.tensor(random.integers(0, 2, (rows, labels))).double()
    if soft:
        targets = 0.25 * targets + 0.75 * targets.flip(0)
    weights = torch.tensor([0.5, 2.0, 1.25, 0.25], dtype=torch.float64) if weighted else None
    smoothed = (1 - smoothing) * targets + smoothing / 2
    value = torch.nn.BCEWithLogitsLoss(pos_weight=weights)(logits, smoothed)
    value.backward()
    return {
        "logits": numbers(logits.detach()), "targets": numbers(targets), "smoothing": smoothing,
        "weights": numbers(weights) if weighted else [1.0] * labels, "loss": value.item(),
        "gradient": numbers(logits.grad)}


def metrics():
    rows, labels = 60, 5
    truth = (random.random((rows, labels)) < [0.5, 0.2, 0.8, 0.1, 0.0]).astype(int)
    # Halves, so that scores repeat.
    logits = np.round((truth * 2 - 1 + random.normal(size=truth.shape) * 1.5) * 2) / 2 + 0.25
    taken = (logits > 0).astype(int)
    probabilities = 1 / (1 + np.exp(-logits))
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, taken, average=None, zero_division=0)
    average = [average_precision_score(truth[:, k], logits[:, k]) for k in range(4)]
    edges = np.linspace(0, 1, 16)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (probabilities > low) & (probabilities <= high)
        error += abs(probabilities[inside].sum() - truth[inside].sum())
    bce = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor(logits), torch.tensor(truth).double())
    return {
        "logits": numbers(logits), "outputs": [np.flatnonzero(row).tolist() for row in truth],
        "subset_accuracy": accuracy_score(truth, taken), "loss": bce.item(),
        "precision": numbers(precision), "recall": numbers(recall), "f1": numbers(f1),
        "support": support.tolist(), "average_precision": numbers(average),
        "mean_average_precision": float(np.mean(average)),
        "micro_f1": f1_score(truth, taken, average="micro"),
        "macro_f1": f1_score(truth, taken, average="macro", zero_division=0),
        "calibration_error": error / probabilities.size}


def fit():
    """The minimum of the mean loss and strength / 2 * inputs * |w|^2, on features whose mean is 0 and
    whose mean square is 1."""
    rows, inputs, labels, strength = 40, 6, 3, 1e-3
    features = random.normal(size=(rows, inputs))
    features -= features.mean(axis=0)
    features /= np.sqrt((features**2).mean())
    features = features.astype(np.float32).astype(np.float64)
    truth = (features @ random.normal(size=(inputs, labels)) + random.normal(size=(rows, labels)) > 0)
    truth = truth.astype(np.float64)

    def objective(vector):
        weight = vector[: inputs * labels].reshape(labels, inputs)
        z = features @ weight.T + vector[inputs * labels:]
        value = np.mean(np.logaddexp(0, z) - truth * z)
        slope = (1 / (1 + np.exp(-z)) - truth) / truth.size
        gradient = np.concatenate(
            [(slope.T @ features + strength * inputs * weight).ravel(), slope.sum(axis=0)])
        return value + strength / 2 * inputs * (weight**2).sum(), gradient

    solution = minimize(
        objective, np.zeros(labels * (inputs + 1)), jac=True, method="L-BFGS-B",
        options={"maxiter": 10000, "ftol": 1e-15, "gtol": 1e-10}).x
    weight = solution[: inputs * labels].reshape(labels, inputs)
    return {
        "features": numbers(features), "outputs": [np.flatnonzero(row).tolist() for row in truth],
        "strength": strength,
        "logits": numbers(features @ weight.T + solution[inputs * labels:])}


json.dump(
    {
        "losses": [
            loss(smoothing, weighted, soft, scale)
            for smoothing, weighted, soft, scale in [
                (0, False, False, 1), (0.1, False, False, 1), (0, True, False, 3),
                (0.2, True, True, 3), (0, False, True, 30)]],
        "metrics": metrics(), "fit": fit()},
    sys.stdout)
print()
