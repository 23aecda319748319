"""The service under load, beside an MLflow server on SQLite with the same rows.

    python Benchmarks/service.py [--models N] [--seconds N] [--soak SECONDS]

Needs `make release`, wrk (`apt-get install wrk`) and a Python with mlflow. Fills both with N models
(default 200), each with a run of 1,000 points of a metric, asks both for the same things with wrk (two
threads, eight connections), lets eight writers log batches of 1,000 points, and then asks and writes for
SOAK seconds (default 600) while it watches the memory of our server. Everything is on 127.0.0.1.
"""

import argparse
import http.client
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import measure

parser = argparse.ArgumentParser()
parser.add_argument("--models", type=int, default=200)
parser.add_argument("--seconds", type=int, default=15)
parser.add_argument("--soak", type=int, default=600)
options = parser.parse_args()
binary = measure.registry()
photos = measure.ROOT / "fixtures/photos/wolfdog"
POINTS = 1_000
WRITERS = 8


def say(text):
    print(text, file=sys.stderr, flush=True)


class Server:
    """A server on a port of this machine."""

    def __init__(self, command, port, path, folder, log):
        self.port = port
        self.process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, stdout=log, stderr=log)
        for _ in range(600):
            try:
                if self.ask("GET", path)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        sys.exit(f"{command[0]} does not answer")

    def ask(self, method, path, body=None, connection=None):
        own = connection is None
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(
            method, path, json.dumps(body) if body is not None else None,
            {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        if own:
            connection.close()
        return answer.status, json.loads(data) if data[:1] in b"{[" and data else data

    def post(self, path, body, connection=None):
        status, answer = self.ask("POST", path, body, connection)
        assert status == 200, (path, status, answer)
        return answer

    def megabytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wrk(server, path, seconds):
    """Requests a second, and the 99th percentile in milliseconds."""
    output = subprocess.run(
        ["wrk", "-t2", "-c8", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{server.port}{path}"],
        check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return rate, float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def points(first, key="loss"):
    return [{"key": key, "value": 1 / (step + 1), "step": step}
            for step in range(first, first + POINTS)]


def ours_log(server, run, first, connection=None):
    server.post(f"/api/v1/runs/{run}/metrics", {"metrics": points(first)}, connection)


def mlflow_log(server, run, first, connection=None):
    server.post(
        "/api/2.0/mlflow/runs/log-batch",
        {"run_id": run, "metrics": [dict(point, timestamp=1_764_000_000_000 + point["step"])
                                    for point in points(first)]}, connection)


def write(server, runs, log, seconds):
    """Points a second of eight writers at once, each with a run of its own."""
    counts = [0] * WRITERS
    end = time.perf_counter() + seconds

    def writer(number):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        first = POINTS
        while time.perf_counter() < end:
            log(server, runs[number], first, connection)
            first += POINTS
            counts[number] += POINTS
        connection.close()

    start = time.perf_counter()
    threads = [threading.Thread(target=writer, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


with tempfile.TemporaryDirectory() as name, open("/dev/null", "w") as log:
    folder = pathlib.Path(name)
    measure.run([binary, "init"], cwd=folder)
    measure.run([binary, "import-images", photos, "--dataset", "wolfdog", "-q"], cwd=folder)
    measure.run(
        [binary, "train", "--architecture", "convnet", "--name", "base", "--dataset", "wolfdog",
         "--epochs", "1", "-q"], cwd=folder)
    ours = Server([binary, "serve", "--port", "7931", "--workers", "0"], 7931, "/readyz", folder, log)
    theirs = Server(
        [sys.executable, "-m", "mlflow", "server", "--port", "7932", "--workers", "2",
         "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"], 7932, "/health", folder, log)
    try:
        our_runs, their_runs = [], []
        theirs.post("/api/2.0/mlflow/registered-models/create", {"name": "child"})
        for number in range(options.models):
            ours.post("/api/v1/derive", {
                "from": "base", "head": "wolfdog", "name": "child", "new_version": True,
                "seed": number})
            run = ours.post("/api/v1/runs", {"model": "child"})["run"]
            ours_log(ours, run, 0)
            our_runs.append(run)
            run = theirs.post(
                "/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
            mlflow_log(theirs, run, 0)
            their_runs.append(run)
            theirs.post("/api/2.0/mlflow/model-versions/create",
                        {"name": "child", "source": f"runs:/{run}/model", "run_id": run})
        say(f"filled with {options.models} models and runs")
        version = options.models // 2
        pairs = [
            ("a model version", f"/api/v1/models/child@{version}",
             f"/api/2.0/mlflow/model-versions/get?name=child&version={version}"),
            ("its lineage, bases", f"/api/v1/models/child@{version}/lineage?direction=ancestors",
             None),
            ("a run", f"/api/v1/runs/{our_runs[1]}",
             f"/api/2.0/mlflow/runs/get?run_id={their_runs[1]}"),
            ("1,000 points of a metric", f"/api/v1/runs/{our_runs[1]}/metrics?key=loss",
             f"/api/2.0/mlflow/metrics/get-history?run_id={their_runs[1]}&metric_key=loss"),
            ("50 runs that fulfil a condition",
             "/api/v1/runs?where=metrics.loss+%3C+0.5&limit=50", None),
        ]
        rows = []
        for what, our_path, their_path in pairs:
            rate, tail = wrk(ours, our_path, options.seconds)
            row = [what, f"{rate:,.0f}", f"{tail:.1f}"]
            if their_path:
                their_rate, their_tail = wrk(theirs, their_path, options.seconds)
                row += [f"{their_rate:,.0f}", f"{their_tail:.1f}", f"{rate / their_rate:.1f}"]
            rows.append(row + [""] * (6 - len(row)))
            say(rows[-1])
        our_rate = write(ours, our_runs, ours_log, options.seconds)
        their_rate = write(theirs, their_runs, mlflow_log, options.seconds)
        rows.append([f"points of {WRITERS} writers", f"{our_rate:,.0f}", "", f"{their_rate:,.0f}",
                     "", f"{our_rate / their_rate:.1f}"])
        say(rows[-1])
        theirs.stop()
        # As long as it should be, everything at once, and only our server is there.
        memory = [ours.megabytes()]
        requests = 0
        end = time.perf_counter() + options.soak
        round_number = 0
        while time.perf_counter() < end:
            seconds = int(min(10, max(1, end - time.perf_counter())))
            path = pairs[round_number % len(pairs)][1]
            writer = threading.Thread(
                target=write, args=(ours, our_runs[8 * (round_number % 4) + 8:], ours_log, seconds))
            writer.start()
            requests += wrk(ours, path, seconds)[0] * seconds
            writer.join()
            memory.append(ours.megabytes())
            round_number += 1
        status, verified = ours.ask("GET", "/api/v1/verify")
        assert status == 200 and not verified["corrupt"] and not verified["contradictions"], verified
    finally:
        ours.stop()
        theirs.stop()

measure.table(
    ["what", "ours, a second", "99 %, ms", "MLflow, a second", "99 %, ms", "ratio"], rows)
third = len(memory) // 3
print(f"\nSoak of {options.soak} s: {requests:,.0f} requests; MB of memory at the start "
      f"{memory[0]:.0f}, after a third {memory[third]:.0f}, at the end {memory[-1]:.0f}, "
      f"at most {max(memory):.0f}")
