#!/usr/bin/env bash
# The portrait beside others: OpenCV's face cascade and OpenJPEG.
# usage: portrait-bench.sh TRAM   (the program)
# environment: PHOTOS  photographs to measure on in place of a drawn face
#              ARGS    more for `tram bench portrait`, as --json
set -euo pipefail
cd "$(dirname "$0")/.."
tram=$1
python=/usr/bin/python3 # Debian's, which has its OpenCV

args=()
for photo in ${PHOTOS:-}; do args+=(--photo "$photo"); done
if version=$($python -c 'import cv2; print(cv2.__version__)' 2>/dev/null); then
  args+=(--finder "Haar cascade alone, OpenCV $version=$python deploy/portrait-peers.py haar")
else
  echo "Without OpenCV: python3-opencv is not installed." >&2
fi
if command -v opj_decompress >/dev/null; then
  args+=(--decoder "opj_decompress=$python deploy/portrait-peers.py opj_decompress")
else
  echo "Without OpenJPEG: libopenjp2-tools is not installed." >&2
fi

# shellcheck disable=SC2086 # words
exec "$tram" bench portrait "${args[@]}" ${ARGS:-}
