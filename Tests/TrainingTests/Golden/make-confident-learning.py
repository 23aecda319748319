"""Writes out-of-sample probabilities for partly wrong labels, and which labels cleanlab doubts, to
confident-learning.json beside this file.

Needs cleanlab, numpy and scikit-learn. Run: python3 Tests/TrainingTests/Golden/make-confident-learning.py
"""

import json
import pathlib

import numpy
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

results = []
for seed, (count, classes, wrong, spread) in enumerate(
        [(150, 2, 0.1, 1.5), (240, 3, 0.2, 1.2), (200, 5, 0.1, 0.8), (90, 3, 0.0, 2.0)]):
    random = numpy.random.default_rng(seed)
    # Classes of different sizes.
    weights = numpy.arange(1, classes + 1) / sum(range(1, classes + 1))
    true = random.choice(classes, count, p=weights)
    centers = random.normal(0, 2, (classes, 4))
    features = centers[true] + random.normal(0, spread, (count, 4))
    labels = numpy.where(random.random(count) < wrong, random.integers(0, classes, count), true)
    probabilities = cross_val_predict(
        LogisticRegression(max_iter=1000), features, labels, cv=5, method="predict_proba")
    # As they are read: in single precision.
    probabilities = probabilities.astype(numpy.float32)
    issues = find_label_issues(
        labels, probabilities.astype(float), filter_by="confident_learning",
        return_indices_ranked_by="normalized_margin")
    joint = compute_confident_joint(labels, probabilities.astype(float), calibrate=False)
    results.append({
        "labelCount": classes,
        "labels": labels.tolist(),
        "probabilities": [float(value) for value in probabilities.flatten()],
        "thresholds": get_confident_thresholds(labels, probabilities.astype(float)).tolist(),
        "confidentJoint": joint.astype(int).tolist(),
        "issues": [int(row) for row in issues],
    })
    print(classes, (labels != true).sum(), len(issues), joint.tolist())

pathlib.Path(__file__).with_name("confident-learning.json").write_text(json.dumps(results) + "\n")
