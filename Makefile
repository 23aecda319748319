# SwiftPM orders build flags by hash; a fixed order keeps it from rebuilding packages for nothing.
export SWIFT_DETERMINISTIC_HASHING = 1

.PHONY: setup build test lint format clean

setup: ## Install the system packages and fetch what tests compare with.
	scripts/install-system-packages.sh
	scripts/setup-python.sh
	@scripts/fetch-pretrained.sh || echo "Without the pretrained network its tests are skipped." >&2

build: setup ## Build everything for debugging.
	swift build

test: setup ## Set up and run every test.
	REGISTRY_PYTHON="$${REGISTRY_PYTHON:-$(CURDIR)/.venv/bin/python}" swift test

lint: ## Check the format.
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

format: ## Rewrite the sources in the house's format.
	swift format --in-place --parallel --recursive Package.swift Sources Tests

clean: ## Remove what was built.
	swift package clean
