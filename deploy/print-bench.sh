#!/usr/bin/env bash
# The decoders of print against others, on pictures whose truth is known.
# usage: print-bench.sh TRAM   (the program)
# environment: SEED        of the pictures that are drawn (2: what tuning never sees)
#              PRINT_SETS  folders to measure on in place of drawn ones
#              FRAMES      192: half as many pictures without any code are drawn, and where
#                          there is no other set so many with codes, half as many with zones
#              ARGS        more for `tram bench print`, as --every 4 or --json
set -euo pipefail
cd "$(dirname "$0")/.."
tram=$1
seed=${SEED:-2}
work=.cache/print
generator=../shared/tools/qrgen
mkdir -p "$work"

args=(--seed "$seed")

# Peers as libraries, so that their times hold no start of a process.
flags=() libraries=()
for name in zxing zbar; do
  if pkg-config --exists "$name"; then
    flags+=("-DHAVE_${name^^}")
    read -ra found <<<"$(pkg-config --libs "$name")"
    libraries+=("${found[@]}")
  else
    echo "Without $name: lib$name-dev is not installed." >&2
  fi
done
if [ ${#flags[@]} -gt 0 ]; then
  g++ -O2 -std=c++17 "${flags[@]}" deploy/print-peers.cc -o "$work/print-peers" "${libraries[@]}"
  for name in $("$work/print-peers" list); do
    args+=(--peer "$name $(pkg-config --modversion "$name")=$work/print-peers $name")
  done
fi
if command -v tesseract >/dev/null; then
  args+=(--tesseract tesseract)
else
  echo "Without tesseract: tesseract-ocr is not installed." >&2
fi

# The pictures: those named, or those of the generator beside the project,
# which shares nothing with what it measures, or the program's own.
if [ -n "${PRINT_SETS:-}" ]; then
  for dir in $PRINT_SETS; do args+=(--set "$dir"); done
elif [ -d "$generator" ] && /usr/bin/python3 -c 'import cv2, numpy, segno, PIL' 2>/dev/null; then
  for kind in cccd:--per:20 mrz:--per:12; do
    IFS=: read -r name option count <<<"$kind"
    dir=$work/$name$seed
    if [ ! -e "$dir/complete" ]; then
      echo "Drawing the pictures of seed $seed: $dir" >&2
      /usr/bin/python3 "$generator/gen_$name.py" "$dir" --seed "$seed" "$option" "$count"
      rm -r "$dir/img" # the same again, compressed
      touch "$dir/complete"
    fi
    args+=(--set "$dir")
  done
else
  echo "The generator of ../shared/tools/qrgen is not here or lacks python3-opencv, python3-numpy, python3-segno, python3-pil: the program draws its own pictures." >&2
fi
args+=(--frames "${FRAMES:-192}")

# shellcheck disable=SC2086 # words
exec "$tram" bench print "${args[@]}" ${ARGS:-}
