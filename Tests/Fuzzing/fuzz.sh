#!/usr/bin/env bash
# Fuzzes the parsers, one after the other, with libFuzzer and the address sanitizer.
#
#     Tests/Fuzzing/fuzz.sh [SECONDS [TARGET…]]
#
# SECONDS (default 60) are for each target; without a target all have their turn. Inputs that were
# worth keeping stay in .build-fuzzing/corpus/TARGET, findings in .build-fuzzing/findings.
# REGISTRY_FUZZ_BUILD=no takes the program as it was built.
set -euo pipefail

cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
export REGISTRY_FUZZING=1 SWIFT_DETERMINISTIC_HASHING=1

# Of libFuzzer only the loop is taken, without its main function: the program has one.
runtime=$(dirname "$(command -v swift)")/../lib/clang
runtime=$(ls "$(readlink -f "$runtime")"/*/lib/linux/libclang_rt.fuzzer_no_main-x86_64.a)
if [ "${REGISTRY_FUZZ_BUILD:-yes}" != no ]; then
  swift build --scratch-path .build-fuzzing --product RegistryFuzzing --sanitize address \
    -Xswiftc -sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table \
    -Xcc -fsanitize-coverage=inline-8bit-counters,pc-table,trace-cmp \
    -Xlinker "$runtime" -Xlinker -lstdc++
fi
fuzzer=.build-fuzzing/debug/RegistryFuzzing
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
# A trap is libFuzzer's to report.
export SWIFT_BACKTRACE=enable=no
export TMPDIR=/dev/shm

mkdir -p .build-fuzzing/findings
"$fuzzer" --seeds . .build-fuzzing/corpus
mapfile -t targets < <([ $# -gt 0 ] && printf '%s\n' "$@" || "$fuzzer")
status=0
for target in "${targets[@]}"; do
  echo "== $target"
  options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1)
  dictionary=.build-fuzzing/corpus/$target.dict
  if [ -e "$dictionary" ]; then options+=(-dict="$dictionary"); fi
  "$fuzzer" "$target" "${options[@]}" -artifact_prefix=".build-fuzzing/findings/$target-" \
    ".build-fuzzing/corpus/$target" 2>&1 | tee ".build-fuzzing/$target.log" |
    grep -aE '^(SUMMARY|==.*ERROR|stat::|Fatal)|Fatal error|DONE|INITED' || true
  if compgen -G ".build-fuzzing/findings/$target-*" > /dev/null; then status=1; fi
done
ls .build-fuzzing/findings
exit $status
