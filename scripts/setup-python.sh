#!/usr/bin/env bash
# Makes .venv with the Python libraries that some tests compare with. Those tests are skipped, with
# a message, where the libraries cannot be installed.
set -euo pipefail

cd "$(dirname "$0")/.."
libraries=(numpy==2.4.6 safetensors cryptography zstandard onnx onnxruntime selenium)

if [ -x .venv/bin/python ] &&
  .venv/bin/python -c 'import cryptography, numpy, onnxruntime, onnx, safetensors, selenium, zstandard' 2>/dev/null; then
  exit 0
fi
echo "Installing Python libraries for tests into .venv: ${libraries[*]}"
if ! { python3 -m venv .venv && .venv/bin/pip install --quiet "${libraries[@]}"; }; then
  echo "They cannot be installed here; the tests that need them will be skipped." >&2
fi
