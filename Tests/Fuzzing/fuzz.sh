#!/usr/bin/env bash
# Fuzzes the parsers, one after the other, with libFuzzer and the address sanitizer.
#
#     Tests/Fuzzing/fuzz.sh [SECONDS [TARGET…]]
#
# SECONDS (default 60) are for each target; without a target all have their turn. Inputs that were
# worth keeping stay in .build-fuzzing/corpus/TARGET, findings in .build-fuzzing/findings.
set -euo pipefail

cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
export REGISTRY_FUZZING=1 SWIFT_DETERMINISTIC_HASHING=1

swift build --scratch-path .build-fuzzing --sanitize fuzzer --sanitize address \
  --product RegistryFuzzing
fuzzer=.build-fuzzing/debug/RegistryFuzzing
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
export TMPDIR=/dev/shm

mkdir -p .build-fuzzing/findings
"$fuzzer" --seeds . .build-fuzzing/corpus
mapfile -t targets < <([ $# -gt 0 ] && printf '%s\n' "$@" || "$fuzzer")
status=0
for target in "${targets[@]}"; do
  echo "== $target"
  "$fuzzer" "$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix=".build-fuzzing/findings/$target-" \
    ".build-fuzzing/corpus/$target" 2>&1 | tee ".build-fuzzing/$target.log" |
    grep -E '^(SUMMARY|==.*ERROR|stat::|Fatal|.*Fatal error)|DONE|INITED' || true
  if compgen -G ".build-fuzzing/findings/$target-*" > /dev/null; then status=1; fi
done
ls .build-fuzzing/findings
exit $status
