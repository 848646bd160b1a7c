#!/usr/bin/env bash
# Installs the Debian packages that are missing; says nothing when none is.
# usage: setup.sh GROUP...   groups: build, test, bench
set -euo pipefail

packages=()
for group in "$@"; do
  case $group in
    build) packages+=(gcc g++ pkg-config libc6-dev libpcsclite-dev libusb-1.0-0-dev libopencv-dev pcscd vsmartcard-vpcd ca-certificates)
      command -v npm >/dev/null || packages+=(npm) ;; # by Debian or by nodejs.org: either will do
    test) packages+=(umockdev libumockdev-dev libfprint-2-dev libglib2.0-dev chromium fonts-ocr-b fonts-dejavu-core fonts-noto-core poppler-utils openssl libopenjp2-tools swtpm fuse3 curl) ;;
    bench) packages+=(libzxing-dev libzbar-dev tesseract-ocr fonts-ocr-b fonts-dejavu-core python3-opencv python3-numpy python3-segno python3-pil opencv-data libopenjp2-tools) ;;
    *) echo "setup.sh: no group $group" >&2; exit 2 ;;
  esac
done

missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: run as root or install sudo; needed: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -q
# policy-rc.d is not ours to change: Debian may start pcscd by its socket, and
# the tests say so when they find one running that is not theirs.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -q --no-install-recommends "${missing[@]}"
