#!/usr/bin/env bash
# Builds the C kernels for arm64, runs them under qemu, and compares every bit with this machine's.
set -euo pipefail
cd "$(dirname "$0")/../.."

clang=${CLANG:-$(command -v clang || true)}
for tool in "${clang:-clang}" aarch64-linux-gnu-gcc qemu-aarch64; do
  if ! command -v "$tool" >/dev/null; then
    echo "test-arm64: skipped, there is no $tool (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)"
    exit 0
  fi
done

out=.build/arm64
mkdir -p $out
flags=(-O2 -std=c17 -Wno-psabi -ISources/CKernels/include)
"$clang" "${flags[@]}" Sources/CKernels/*.c Tests/Arm64/kernels.c -o $out/native -lpthread -lm
for source in Sources/CKernels/*.c Tests/Arm64/kernels.c; do
  "$clang" --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include "${flags[@]}" \
    -c "$source" -o "$out/$(basename "$source" .c).o"
done
aarch64-linux-gnu-gcc -static $out/*.o -o $out/arm64 -lpthread -lm

$out/native 0 >$out/native.txt
qemu-aarch64 $out/arm64 0 >$out/arm64.txt
diff $out/native.txt $out/arm64.txt
for isa in 1 2 3; do
  $out/native $isa >$out/isa.txt || { [ $? = 2 ] && continue; }
  diff $out/native.txt $out/isa.txt
done
echo "test-arm64: $(wc -l <$out/arm64.txt) results have the same bits on arm64 and on this machine's instruction sets"
