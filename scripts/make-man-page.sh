#!/usr/bin/env bash
# Writes docs/registry.1, the manual page, from what the built program says of itself.
#
# Usage: scripts/make-man-page.sh [PROGRAM]
set -euo pipefail

cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then
  swift build --product registry
fi
program="${1:-.build/debug/registry}"

# The generator is a tool of swift-argument-parser; building it takes half a minute once.
swift build --package-path .build/checkouts/swift-argument-parser --scratch-path .build/manual \
  --product generate-manual
mkdir -p .build/manual/page
.build/manual/debug/generate-manual "$program" --section 1 --output-directory .build/manual/page

# An empty line is a paragraph only outside of mdoc; in it, a macro is.
sed 's/^[[:space:]]*$/.Pp/' .build/manual/page/registry.1 > docs/registry.1
