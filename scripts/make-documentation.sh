#!/usr/bin/env bash
# Writes the reference of the library RegistryKit, with its articles, to .build/documentation.
set -euo pipefail

cd "$(dirname "$0")/.."
swift package dump-symbol-graph --minimum-access-level public

symbols=.build/documentation-symbols
rm -rf "$symbols"
mkdir -p "$symbols"
find .build/*/symbolgraph -name 'RegistryKit*.symbols.json' -exec cp {} "$symbols" \;
docc convert Sources/RegistryKit/RegistryKit.docc --additional-symbol-graph-dir "$symbols" \
  --fallback-display-name RegistryKit --fallback-bundle-identifier RegistryKit \
  --warnings-as-errors --output-dir .build/documentation
echo "A web server shows it: python3 -m http.server --directory .build/documentation --bind 127.0.0.1"
echo "then http://127.0.0.1:8000/documentation/registrykit"
