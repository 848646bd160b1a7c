#!/bin/sh
# Brings the assets of assets.lock into assets/ (or the folder given), each
# checked against its SHA-256. What is there already and right stays, and when
# everything is, nothing is asked of the network.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$root/assets}
platform=$(go env GOOS)/$(go env GOARCH)
work=$(mktemp -d) # packages of npm, and what is made here
trap 'rm -rf "$work"' EXIT

right() { # file digest
	[ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]
}

# npm_dir package version file: the folder with the one file of the package.
# npm's own configuration says where it comes from; its scripts do not run.
npm_dir() {
	dir=$work/$(echo "$1@$2" | tr / _)
	if [ ! -d "$dir" ]; then
		if ! command -v npm >/dev/null; then
			echo "assets.sh: npm is missing: run make setup" >&2
			return 1
		fi
		mkdir "$dir"
		npm pack "$1@$2" --loglevel=error --ignore-scripts --pack-destination "$dir" >/dev/null
	fi
	tar -xzf "$dir"/*.tgz -C "$dir" "package/$3"
	echo "$dir/package"
}

# made_dir: the folder with what this project makes out of the other assets.
made_dir() {
	if [ ! -d "$work/made" ]; then
		(cd "$root" && go run ./cmd/tram models assemble "$target/sources" "$work/made") >&2
	fi
	echo "$work/made"
}

# source_dir kind package version file: the folder that holds the file
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
	npm) npm_dir "$2" "$3" "$4" ;;
	here) echo "$root" ;;
	made) made_dir ;;
	*)
		echo "assets.lock: unknown kind $1" >&2
		return 1
		;;
	esac
}

while read -r kind package version file digest to only; do
	case $kind in '' | '#'*) continue ;; esac
	case $only in '' | "$platform") ;; *) continue ;; esac
	out=$target/$to
	if right "$out" "$digest"; then
		continue
	fi
	from=$(source_dir "$kind" "$package" "$version" "$file" </dev/null)
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
