#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that building needs, if any is missing.
#
#     scripts/install-system-packages.sh [--tests]
#
# With --tests those that tests of pages need come too: a browser.
set -euo pipefail

packages=(
  ca-certificates git libdnnl-dev libjpeg-dev libpng-dev libsqlite3-dev libzstd-dev make python3 python3-pip
  python3-venv
)

if [ "${1:-}" = --tests ]; then
  packages+=(chromium chromium-driver)
fi

missing=()
for package in "${packages[@]}"; do
  if [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)" != installed ]; then
    missing+=("$package")
  fi
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

echo "Installing system packages: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update --quiet=2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}"
