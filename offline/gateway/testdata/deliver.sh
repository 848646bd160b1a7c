#!/bin/sh
# Hands a bundle (tram queue export) to a gateway, with nothing but what
# GET /openapi.yaml says: a second client that shares no code with the first.
#
#   deliver.sh URL BUNDLE.tar RECEIPTS [curl options, such as --cacert --cert --key]
#
# Writes RECEIPTS/<dossier>.cose for each dossier. Exit 0: all are in custody.
set -eu
url=$1 bundle=$2 receipts=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$receipts"
tar -xf "$bundle" -C "$work"

# call METHOD PATH MEDIA-TYPE FILE [curl options]: the answer is in $work/answer,
# its status in $status. It comes back as long as Retry-After asks it to.
call() {
	method=$1 path=$2 type=$3 file=$4
	shift 4
	for try in 1 2 3 4 5 6 7 8; do
		status=$(curl --silent --show-error --http1.1 --max-time 300 --request "$method" --header "Content-Type: $type" \
			--data-binary "@$file" --dump-header "$work/head" --output "$work/answer" --write-out '%{http_code}' \
			"$@" "$url$path") || status=000
		case $status in
		429 | 503 | 507)
			pause=$(tr -d '\r' <"$work/head" | sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9][0-9]*\)$/\1/p')
			sleep "${pause:-1}"
			;;
		000) sleep "$try" ;;
		*) return 0 ;;
		esac
	done
}

fail() {
	echo "$1: status $status" >&2
	cat "$work/answer" >&2 || true
	exit 1
}

for manifest in "$work"/*/manifest.cose; do
	dossier=$(basename "$(dirname "$manifest")")
	chunks=$(dirname "$manifest")/chunks

	# 1. Which parts are not there?
	{
		printf '{"parts":['
		comma=
		for part in "$chunks"/*; do
			printf '%s"%s"' "$comma" "$(basename "$part")"
			comma=,
		done
		printf ']}'
	} >"$work/ask"
	call POST /parts/missing application/json "$work/ask" "$@"
	[ "$status" = 200 ] || fail "$dossier: missing parts"
	missing=$(grep -o '[0-9a-f]\{64\}' "$work/answer" || true)

	# 2. Those, each checked before it goes out.
	for name in $missing; do
		[ "$(sha256sum "$chunks/$name" | cut -d ' ' -f 1)" = "$name" ] || { status=none; fail "$name is damaged"; }
		call PUT "/parts/$name" application/octet-stream "$chunks/$name" "$@"
		[ "$status" = 204 ] || fail "$dossier: part $name"
	done

	# 3. The manifest, for the receipt.
	call PUT "/dossiers/$dossier" application/cose "$manifest" "$@"
	[ "$status" = 200 ] || fail "$dossier: manifest"
	cp "$work/answer" "$receipts/$dossier.cose.tmp"
	sync "$receipts/$dossier.cose.tmp"
	mv "$receipts/$dossier.cose.tmp" "$receipts/$dossier.cose"
	echo "$dossier"
done
