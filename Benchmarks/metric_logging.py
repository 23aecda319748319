"""Metric points a second, in durable batches, beside MLflow on SQLite.

    swift build -c release --product LoggingBenchmark
    python Benchmarks/metric_logging.py [ROUNDS] [FOLDER]

Needs `make release` and a Python with mlflow. In turn: batches of 1,000 points by the library, each on the
disk when its call returns; as many points from a file, as a whole process; and `log_batch` of MLflow in a
process that has imported it, with a SQLite file of its own. The points are of four metrics or of one. FOLDER
is where registries are made; default: beside the temporary files.
"""

import json
import pathlib
import sys
import tempfile
import time

import measure

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
place = sys.argv[2] if len(sys.argv) > 2 else None
binary = measure.registry()
benchmark = measure.ROOT / ".build/release/LoggingBenchmark"
BATCHES, POINTS = 200, 1000
MLFLOW_BATCHES = 20


def by_library(folder, keys):
    output = measure.run([benchmark, folder / ".registry", BATCHES, POINTS, keys]).output
    return float(output)


def by_process(folder, keys):
    count = BATCHES * POINTS
    file = folder / f"{keys}.jsonl"
    if not file.exists():
        file.write_text("".join(
            json.dumps({"step": step, **{f"metric-{key}": 1 / step for key in range(keys)}}) + "\n"
            for step in range(1, count // keys + 1)))
    run = json.loads(measure.run([binary, "log", "--new", "logged", "--json"], cwd=folder).output)
    words = [binary, "log", run["run"], "--file", file.name, "--json"]
    measured = measure.run(words, cwd=folder)
    assert json.loads(measured.output)["points"] == count
    return count / measured.seconds


def by_mlflow(folder, keys):
    import mlflow
    from mlflow.entities import Metric

    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db")
    experiment = client.get_experiment_by_name("e")
    experiment = experiment.experiment_id if experiment else client.create_experiment("e")
    run = client.create_run(experiment).info.run_id
    batches = [
        [Metric(f"metric-{index % keys}", 1 / (index + 1), 0, index // keys + 1)
         for index in range(batch * POINTS, (batch + 1) * POINTS)]
        for batch in range(MLFLOW_BATCHES)]
    start = time.perf_counter()
    for batch in batches:
        client.log_batch(run, metrics=batch)
    return MLFLOW_BATCHES * POINTS / (time.perf_counter() - start)


rows = []
with tempfile.TemporaryDirectory(dir=place) as name:
    folder = pathlib.Path(name)
    measure.run([binary, "init"], cwd=folder)
    for keys in (4, 1):
        figures = {}
        for _ in range(rounds):
            for title, work in (("library", by_library), ("process", by_process),
                                ("MLflow", by_mlflow)):
                figures.setdefault(title, []).append(work(folder, keys))
        for title, unit in (("library", "batches of 1,000 by the library"),
                            ("process", "a file of 200,000 points, `registry log --file`"),
                            ("MLflow", "MLflow `log_batch` of 1,000")):
            values = figures[title]
            rows.append([
                keys, unit, f"{measure.median(values):,.0f}",
                f"{min(values):,.0f} to {max(values):,.0f}"])
    measure.run([binary, "verify"], cwd=folder)
measure.table(["metrics", "", "points/s, median", "of all rounds"], rows)
