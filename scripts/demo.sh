#!/usr/bin/env bash
# The main job from nothing, on the drawn pictures in fixtures/: imports them and a pretrained
# network, derives a dog-or-wolf child, derives a coyote-or-jackal child of that, and shows what is
# known about both. Everything happens in demo/, which is made anew each time.
set -euo pipefail

cd "$(dirname "$0")/.."
registry="$PWD/$(swift build -c release --show-bin-path | sed "s|^$PWD/||")/registry"
pretrained=$(scripts/fetch-pretrained.sh)
photos="$PWD/fixtures/photos"

rm -rf demo
mkdir demo
cd demo

run() {
  printf '\n\033[1m$ registry %s\033[0m\n' "$*"
  "$registry" "$@"
}

run init
run import-images "$photos/wolfdog" --dataset wolfdog
run import-model "$pretrained" --name efficientnet-lite0
run derive --from efficientnet-lite0 --head wolfdog --train
run import-images "$photos/coyote" --dataset coyote
run derive --from wolfdog --head coyote --train
run evaluate wolfdog --split test
run evaluate coyote --split test
first_wolf=$(find "$photos/wolfdog/wolf" -type f | sort | head -1)
run predict wolfdog "$first_wolf"
run diff wolfdog coyote
run verify
run metrics coyote --plot
run lineage coyote

printf '\nParent and child:\n\n'
"$registry" models --json >models.json
"$registry" runs --json >runs.json
python3 - <<'PYTHON'
import json

models = json.load(open("models.json"))["models"]
runs = json.load(open("runs.json"))["runs"]
trained = {run["run"]: run for run in runs if run["kind"] == "train"}
tested = {}
for run in runs:
    if run["kind"] == "evaluate" and run["base"]:
        tested.setdefault((run["base"]["model"], run["base"]["version"]), run["metrics"])

print(f"{'model':<22}{'test accuracy':>14}{'bytes stored':>14}{'bytes shared':>14}{'seconds':>9}")
for model in reversed(models):
    name = f"{model['model']}@{model['version']}"
    metrics = tested.get((model["model"], model["version"]), {})
    accuracy = metrics.get("test_accuracy")
    run = trained.get(model["run"])
    print(
        f"{name:<22}"
        + (f"{accuracy:>14.1%}" if accuracy is not None else f"{'':>14}")
        + f"{model['own_bytes']:>14,}{model['shared_bytes']:>14,}"
        + (f"{run['seconds']:>9.2f}" if run else f"{'':>9}")
    )
PYTHON
