#!/bin/sh
# Brings the assets of assets.lock into assets/ (or the folder given), each
# checked against its SHA-256. What is there already and right stays.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$root/assets}

right() { # file digest
	[ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]
}

# source_dir kind package version: the folder that holds the package
source_dir() {
	case $1 in
	gomod)
		# The go command checks the module against go.sum.
		if ! got=$(cd "$root" && go mod download -json "$2@$3"); then
			printf '%s\n' "$got" >&2 # it says why among its JSON
			return 1
		fi
		printf '%s\n' "$got" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p'
		;;
	*)
		echo "assets.lock: unknown kind $1" >&2
		return 1
		;;
	esac
}

while read -r kind package version file digest to; do
	case $kind in '' | '#'*) continue ;; esac
	out=$target/$to
	if right "$out" "$digest"; then
		continue
	fi
	from=$(source_dir "$kind" "$package" "$version")
	if [ -z "$from" ] || ! right "$from/$file" "$digest"; then
		echo "$package $version: $file is missing or is not the file of assets.lock" >&2
		exit 1
	fi
	mkdir -p "$(dirname "$out")"
	cp "$from/$file" "$out.part"
	chmod 0644 "$out.part"
	mv "$out.part" "$out"
	echo "assets: $to"
done <"$root/deploy/assets.lock"
