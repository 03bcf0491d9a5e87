#!/usr/bin/env bash
# Generates the reference of every target of ours, from its doc comments, into .build/docs/<Target>.
set -euo pipefail

swift package dump-symbol-graph --minimum-access-level package --skip-synthesized-members >/dev/null
graphs=$(find .build -type d -name symbolgraph -not -path '*/docs/*' | head -1)
for folder in Sources/*/; do
  target=$(basename "$folder")
  mkdir -p ".build/docs/.graphs/$target"
  cp "$graphs/$target".symbols.json ".build/docs/.graphs/$target/" 2>/dev/null || continue
  docc convert --additional-symbol-graph-dir ".build/docs/.graphs/$target" \
    --fallback-display-name "$target" --fallback-bundle-identifier "dev.plimsoll.$target" \
    --output-path ".build/docs/$target"
  echo "docs: .build/docs/$target"
done
