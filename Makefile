# SwiftPM orders build flags by hash; a fixed order keeps it from rebuilding packages for nothing.
export SWIFT_DETERMINISTIC_HASHING = 1

.PHONY: setup build release demo test fault-test fuzz documentation lint format clean

setup: ## Install the system packages and fetch what tests compare with.
	scripts/install-system-packages.sh --tests
	scripts/setup-python.sh
	@scripts/fetch-pretrained.sh || echo "Without the pretrained network its tests are skipped." >&2

build: setup ## Build everything for debugging.
	swift build

release: ## Build the registry command as one file that runs from anywhere.
	scripts/install-system-packages.sh
	swift build -c release --static-swift-stdlib --product registry

demo: release ## Run the main job from nothing on the pictures in fixtures/.
	scripts/demo.sh

test: setup ## Set up and run every test.
	REGISTRY_PYTHON="$${REGISTRY_PYTHON:-$(CURDIR)/.venv/bin/python}" swift test

fault-test: setup ## Kill and fail commands at hundreds of moments, and run eight at once for minutes.
	REGISTRY_FAULT_MOMENTS="$${REGISTRY_FAULT_MOMENTS:-600}" REGISTRY_STRESS_SECONDS="$${REGISTRY_STRESS_SECONDS:-180}" \
	  swift test --filter 'KillTests|FailingWriteTests|TogetherTests|CollectionMomentTests'

fuzz: setup ## Give every parser inputs that coverage leads, a minute each; see docs/fuzzing.md.
	Tests/Fuzzing/fuzz.sh $${REGISTRY_FUZZ_SECONDS:-60}

documentation: ## Write the manual page and the reference of the library.
	scripts/make-man-page.sh
	scripts/make-documentation.sh

lint: ## Check the format.
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks docs migrations fixtures

format: ## Rewrite the sources in the house's format.
	swift format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks docs migrations fixtures

clean: ## Remove what was built.
	swift package clean
