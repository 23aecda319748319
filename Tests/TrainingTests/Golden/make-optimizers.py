"""Writes optimizers.json: optimizers, schedules, averages and layer decay as PyTorch and timm compute them.

python make-optimizers.py > optimizers.json
Needs torch 2, timm 1 and numpy 2.
"""

import json
import sys
import warnings

import numpy as np
import timm
import torch
from timm.models import group_parameters
from timm.utils import ModelEmaV3
from torch.optim import lr_scheduler

warnings.filterwarnings("ignore")
random = np.random.default_rng(21)
STEPS = 20
SHOWN = [0, 7, 8, 19]
# Three groups: a matrix, the vector of a norm, and a matrix that is frozen for seven steps.
SIZES = [11, 5, 19]
MULTIPLIERS = [1.0, 0.5, 0.25]
DECAYS = [True, False, True]
FROZEN = 7
LIMIT = 4.0


def floats(shape):
    """Numbers that decimal text, single and double precision hold alike."""
    return np.round(random.normal(size=shape) * 1024) / 1024


FIRST = floats(sum(SIZES))
GRADIENTS = floats((STEPS, sum(SIZES))) * np.linspace(0.25, 1.5, STEPS).round(2)[:, None]
GRADIENTS = (GRADIENTS * 4096).round() / 4096


def parts(vector):
    return np.split(vector, np.cumsum(SIZES)[:-1])


def optimizer_case(name, make, rate, decay, **kind):
    parameters = [torch.nn.Parameter(torch.tensor(part)) for part in parts(FIRST)]
    groups = [
        {"params": [p], "lr": rate * m, "weight_decay": decay if d else 0.0}
        for p, m, d in zip(parameters, MULTIPLIERS, DECAYS)]
    optimizer = make(groups)
    schedule = None
    if kind.get("cycles"):
        schedule = lr_scheduler.OneCycleLR(
            optimizer, max_lr=[rate * m for m in MULTIPLIERS], total_steps=STEPS)
    after, norms = [], []
    for step in range(STEPS):
        for index, (parameter, part) in enumerate(zip(parameters, parts(GRADIENTS[step]))):
            frozen = index == 2 and step < FROZEN
            parameter.grad = None if frozen else torch.tensor(part.copy())
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, LIMIT).item())
        optimizer.step()
        if schedule and step < STEPS - 1:
            schedule.step()
        if step in SHOWN:
            values = torch.cat([p.detach() for p in parameters]).numpy()
            after.append(values.round(9).tolist())
    return {
        "name": name, "rate": rate, "decay": decay, "norms": np.round(norms, 9).tolist(),
        "after": after, **kind}


def sgd(momentum, nesterov):
    return lambda groups: torch.optim.SGD(groups, momentum=momentum, nesterov=nesterov)


def curve(argument, epochs, steps_per_epoch, make):
    optimizer = torch.optim.SGD(
        [torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=0.3, momentum=0.9)
    total = epochs * steps_per_epoch
    schedule = make(optimizer, total)
    rates, momenta = [], []
    for step in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if schedule and step < total - 1:
            schedule.step()
    case = {
        "argument": argument, "total": total, "steps_per_epoch": steps_per_epoch, "base": 0.3,
        "rates": np.round(rates, 12).tolist()}
    if isinstance(schedule, lr_scheduler.OneCycleLR):
        case["momenta"] = np.round(momenta, 12).tolist()
    return case


def warm_cosine(warmup):
    def make(optimizer, total):
        return lr_scheduler.SequentialLR(
            optimizer, [
                lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=warmup),
                lr_scheduler.CosineAnnealingLR(optimizer, T_max=total - warmup)],
            milestones=[warmup])
    return make


def curves():
    per_epoch = 4
    return [
        curve("constant", 2, per_epoch, lambda o, t: None),
        curve("step:2:0.5", 7, per_epoch, lambda o, t: lr_scheduler.StepLR(o, 2 * per_epoch, 0.5)),
        curve("cosine", 6, per_epoch, lambda o, t: lr_scheduler.CosineAnnealingLR(o, t)),
        curve("cosine:2", 6, per_epoch, warm_cosine(2 * per_epoch)),
        curve("cosine:0.5", 5, 6, warm_cosine(3)),
        curve("one-cycle", 7, 3, lambda o, t: lr_scheduler.OneCycleLR(o, 0.3, total_steps=t)),
        curve(
            "one-cycle:0.5", 5, per_epoch,
            lambda o, t: lr_scheduler.OneCycleLR(o, 0.3, total_steps=t, pct_start=0.5)),
        curve("one-cycle", 1, 3, lambda o, t: lr_scheduler.OneCycleLR(o, 0.3, total_steps=t)),
        curve("one-cycle", 1, 1, lambda o, t: lr_scheduler.OneCycleLR(o, 0.3, total_steps=t))]


def plateau(factor, patience, threshold, minimum, losses):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=factor, patience=patience, threshold=threshold, min_lr=minimum)
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return {
        "factor": factor, "patience": patience, "threshold": threshold, "minimum": minimum,
        "losses": losses, "rates": rates}


def plateaus():
    noisy = (2 * 0.9 ** np.minimum(np.arange(40), 12) + 0.05 * floats(40)).round(6).tolist()
    edge = [1.0, 0.99995, 0.9999, 0.99989, 0.9998, 0.5, 0.5, 0.5, 0.6, 0.4, 0.41, 0.42, 0.43]
    return [
        plateau(0.1, 2, 1e-4, 0, noisy), plateau(0.5, 0, 1e-4, 0.02, noisy),
        plateau(0.1, 10, 1e-4, 0, noisy), plateau(0.1, 1, 1e-4, 0, edge),
        plateau(0.5, 1, 0.05, 1e-3, edge), plateau(0.01, 0, 1e-4, 0, [1.0] * 8)]


def average():
    """timm's average, told the decay of each step, of a batch norm with its running statistics."""
    model = torch.nn.BatchNorm2d(4).double()
    decay = 0.6
    averaged = ModelEmaV3(model, decay=decay)
    first, steps, after = None, [], []

    def vectors(module):
        state = module.state_dict()
        return [
            torch.cat([state[a], state[b]]).tolist()
            for a, b in (("weight", "bias"), ("running_mean", "running_var"))]

    first = vectors(model)
    for step in range(12):
        with torch.no_grad():
            for tensor in (model.weight, model.bias, model.running_mean, model.running_var):
                tensor.copy_(torch.tensor(floats(4)))
        averaged.decay = min(decay, (1 + step) / (10 + step))
        averaged.update(model)
        steps.append(vectors(model))
        after.append(vectors(averaged.module))
    return {
        "decay": decay, "first": first, "steps": steps,
        "after": [np.round(vectors, 9).tolist() for vectors in after]}


def layer_decay(name, **options):
    """For each layer how many groups of timm's lie above its own."""
    model = timm.create_model(name, num_classes=3, **options)
    groups = group_parameters(model, model.group_matcher(coarse=False), reverse=True)
    top = max(groups.values())
    depths = {}
    for parameter, _ in model.named_parameters():
        depths.setdefault(parameter.rpartition(".")[0] or parameter, top - groups[parameter])
    return {"name": name, "layers": list(depths), "depths": list(depths.values())}


json.dump(
    {
        "first": FIRST.tolist(), "gradients": GRADIENTS.tolist(), "sizes": SIZES,
        "multipliers": MULTIPLIERS, "decays": DECAYS, "frozen": FROZEN, "limit": LIMIT,
        "shown": SHOWN,
        "optimizers": [
            optimizer_case("sgd", sgd(0.9, True), 0.1, 0.05, momentum=0.9, nesterov=True),
            optimizer_case("sgd", sgd(0.9, False), 0.1, 0.05, momentum=0.9, nesterov=False),
            optimizer_case("sgd", sgd(0.0, False), 0.1, 0.05, momentum=0.0, nesterov=False),
            optimizer_case(
                "sgd", sgd(0.9, True), 0.1, 0.05, momentum=0.9, nesterov=True, cycles=True),
            optimizer_case("adamw", torch.optim.AdamW, 0.05, 0.1),
            optimizer_case(
                "adamw", torch.optim.AdamW, 0.05, 0.1, cycles=True)],
        "curves": curves(), "plateaus": plateaus(), "average": average(),
        "layer_decay": [
            layer_decay("resnet18"), layer_decay("vit_tiny_patch16_224", depth=3),
            layer_decay("convnext_atto", depths=(1, 1, 2, 1)),
            layer_decay("tf_efficientnet_lite0"),
            layer_decay("densenet121", block_config=(2, 2))]},
    sys.stdout, separators=(",", ":"))
print()
