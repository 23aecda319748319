"""Writes training.json: losses, steps, schedules and metrics as other libraries compute them.

python make-training.py > training.json
Needs torch 2, numpy 2, scipy 1 and scikit-learn 1.
"""

import json
import sys
import warnings

import numpy as np
import torch
from scipy.optimize import minimize
from sklearn.metrics import (
    accuracy_score, confusion_matrix, log_loss, precision_recall_fscore_support)

warnings.filterwarnings("ignore")
random = np.random.default_rng(20)


def numbers(array):
    return np.asarray(array, np.float64).round(9).ravel().tolist()


def cross_entropy(smoothing, weighted, scale):
    logits = torch.tensor(random.normal(size=(5, 4)) * scale, dtype=torch.float64)
    logits = logits.float().double().requires_grad_()
    labels = torch.tensor([0, 3, 1, 1, 2])
    weights = torch.tensor([0.5, 2.0, 1.25, 0.25], dtype=torch.float64) if weighted else None
    loss = torch.nn.functional.cross_entropy(
        logits, labels, weight=weights, label_smoothing=smoothing)
    loss.backward()
    return {
        "logits": numbers(logits.detach()), "labels": labels.tolist(), "smoothing": smoothing,
        "weights": numbers(weights) if weighted else [1.0] * 4, "loss": loss.item(),
        "gradient": numbers(logits.grad)}


def adamw():
    weight = torch.nn.Parameter(torch.tensor([[0.5, -1.0], [2.0, 0.25]], dtype=torch.float64))
    bias = torch.nn.Parameter(torch.tensor([0.75, -0.5], dtype=torch.float64))
    optimizer = torch.optim.AdamW(
        [{"params": [weight], "weight_decay": 0.1}, {"params": [bias], "weight_decay": 0.0}],
        lr=0.05)
    first = numbers(weight.detach()) + numbers(bias.detach())
    gradients, after = [], []
    for step in range(6):
        gradient = random.normal(size=6) * 10.0 ** (step - 3)
        gradients.append(numbers(gradient))
        weight.grad = torch.tensor(gradients[-1][:4], dtype=torch.float64).reshape(2, 2)
        bias.grad = torch.tensor(gradients[-1][4:], dtype=torch.float64)
        optimizer.step()
        after.append(numbers(weight.detach()) + numbers(bias.detach()))
    return {"first": first, "rate": 0.05, "decay": 0.1, "gradients": gradients, "after": after}


def cosine():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=7)
    rates = []
    for _ in range(8):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return {"base": 0.3, "total": 7, "rates": rates}


def logistic():
    """The optimum of the penalized loss on features that are centred and scaled."""
    count, width, labels, strength = 30, 5, 3, 0.02
    x = random.normal(size=(count, width)).astype(np.float32) * [1, 3, 0.5, 2, 1] + [5, 0, 1, -2, 0]
    x = x.astype(np.float32).astype(np.float64)
    y = (x @ random.normal(size=(width, labels)) + random.normal(size=(count, labels))).argmax(1)
    mean = x.mean(0)
    factor = 1 / np.sqrt(((x - mean) ** 2).mean())
    scaled = (x - mean) * factor

    def objective(parameters):
        weight, bias = parameters[:-labels].reshape(labels, width), parameters[-labels:]
        logits = scaled @ weight.T + bias
        probabilities = np.exp(logits - logits.max(1, keepdims=True))
        probabilities /= probabilities.sum(1, keepdims=True)
        loss = -np.log(probabilities[np.arange(count), y]).mean()
        delta = (probabilities - np.eye(labels)[y]) / count
        gradient = delta.T @ scaled + strength * width * weight
        return (
            loss + strength * width / 2 * (weight**2).sum(),
            np.concatenate([gradient.ravel(), delta.sum(0)]))

    found = minimize(
        objective, np.zeros(labels * (width + 1)), jac=True, method="BFGS",
        options={"gtol": 1e-10, "maxiter": 1000}).x
    weight = found[:-labels].reshape(labels, width) * factor
    bias = found[-labels:] - weight @ mean
    return {
        "features": x.ravel().tolist(), "labels": y.tolist(), "strength": strength,
        "weight": numbers(weight), "logits": numbers(x @ weight.T + bias)}


def metrics():
    labels_count, count = 5, 60
    truth = random.integers(0, 4, size=count)  # the last class has no rows
    logits = random.normal(size=(count, labels_count)) + 1.5 * np.eye(labels_count)[truth]
    logits[:, 0] -= 20  # the first class is never predicted
    logits = logits.astype(np.float32).astype(np.float64)
    probabilities = np.exp(logits - logits.max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)
    predicted, confidence = probabilities.argmax(1), probabilities.max(1)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=range(labels_count), zero_division=0)
    error = 0.0
    for low in np.arange(15) / 15:
        inside = (confidence > low) & (confidence <= low + 1 / 15)
        if inside.any():
            gap = (predicted == truth)[inside].mean() - confidence[inside].mean()
            error += inside.mean() * abs(gap)
    return {
        "logits": logits.ravel().tolist(), "labels": truth.tolist(),
        "accuracy": accuracy_score(truth, predicted),
        "loss": log_loss(truth, probabilities, labels=list(range(labels_count))),
        "confusion": confusion_matrix(truth, predicted, labels=range(labels_count)).tolist(),
        "precision": numbers(precision), "recall": numbers(recall), "f1": numbers(f1),
        "support": support.tolist(), "calibration_error": error}


json.dump(
    {
        "cross_entropy": [
            cross_entropy(0.0, False, 1), cross_entropy(0.1, False, 1),
            cross_entropy(0.0, True, 1), cross_entropy(0.2, True, 3),
            cross_entropy(0.1, True, 100)],
        "adamw": adamw(), "cosine": cosine(), "logistic": logistic(), "metrics": metrics()},
    sys.stdout, separators=(",", ":"))
print()
