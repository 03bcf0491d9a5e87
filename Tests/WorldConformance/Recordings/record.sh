#!/usr/bin/env bash
# Records what a controller sees in both worlds; see README.md. usage: record.sh PLIMSOLL
set -euo pipefail
plimsoll=$1
here=Tests/WorldConformance/Recordings
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for rate in 20 60 120 60 10; do for _ in $(seq 13); do echo "$rate"; done; done > "$scratch/rates.txt"

"$plimsoll" simulate $here/town.yaml --load "$scratch/rates.txt" --duration 64s --seed 7 --policy kpa \
  --record "$scratch/simulated.jsonl" > "$scratch/report.txt"

"$plimsoll" run $here/town.yaml --port 8089 --seed 7 --policy kpa --state "$scratch/state" \
  --journal "$scratch/journal.sqlite" --record "$scratch/local.jsonl" > "$scratch/start.txt" 2> "$scratch/log.txt" &
run=$!
until grep -q 'limits:' "$scratch/start.txt"; do kill -0 $run; sleep 0.1; done
grep -q 'control groups' "$scratch/start.txt" || { kill -INT $run; echo 'record: no control groups here' >&2; exit 1; }
until [ "$(grep -c ' is ready after ' "$scratch/log.txt")" = 2 ]; do sleep 0.1; done
"$plimsoll" load http://127.0.0.1:8089/front --trace "$scratch/rates.txt" --seed 7 > "$scratch/load.txt"
kill -INT $run
wait $run

for world in simulated local; do
  sed "s#$scratch/##g" "$scratch/$world.jsonl" | head -33 > "$here/$world.jsonl"
done
