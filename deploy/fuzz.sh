#!/bin/sh
# Fuzz every target of the repository, one after the other, within a shared
# budget:
#
#   deploy/fuzz.sh SECONDS [PACKAGES]
#
# Prints each target with the number of inputs tried. Fails on a finding, on a
# target that tried nothing, and where there are no targets.
set -eu

seconds=${1:?usage: deploy/fuzz.sh SECONDS [PACKAGES]}
packages=${2:-./...}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT
cache=$(go env GOCACHE)/fuzz

# The targets stand in the files of the tests that this build has: to have them
# listed by the programs would take minutes to compile all of those first.
# shellcheck disable=SC2086 # a list of patterns
if ! go list -f '{{$p := .}}{{range .TestGoFiles}}{{$p.ImportPath}} {{$p.Dir}}/{{.}}
{{end}}{{range .XTestGoFiles}}{{$p.ImportPath}} {{$p.Dir}}/{{.}}
{{end}}' $packages >"$work/files" 2>"$log"; then
	cat "$log" >&2
	exit 1
fi
targets=$(while read -r package file; do
	[ -z "$package" ] || sed -n "s|^func \\(Fuzz[A-Za-z0-9_]*\\)(.*|$package \\1|p" "$file"
done <"$work/files")
count=$(printf '%s\n' "$targets" | grep -c . || true)
if [ "$count" -eq 0 ]; then
	echo "fuzz: no targets in $packages" >&2
	exit 1
fi
each=$((seconds / count))
[ "$each" -ge 1 ] || each=1
echo "fuzz: $count targets, ${each}s each"

# built makes the test program of a package, once for all of its targets: to
# link it takes longer than a target's share of the budget.
package_built=
built() {
	[ "$package_built" = "$1" ] && return 0
	package_built=
	rm -f "$work/test"
	go test -c -fuzz=. -o "$work/test" "$1" >"$log" 2>&1 || return 1
	folder=$(go list -f '{{.Dir}}' "$1")
	package_built=$1
}

# tried fuzzes one target for so many seconds and sets execs to the inputs tried.
# Minimising would eat the budget: ten tries are enough to keep inputs small.
tried() {
	execs=0
	built "$1" || return 1
	if ! (cd "$folder" && "$work/test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "${3}s" \
		-test.fuzzminimizetime 10x -test.fuzzcachedir "$cache/$1") >"$log" 2>&1; then
		# Go itself fails now and then with the end of the time alone: that is
		# no finding, for there is no input.
		grep -q '^    context deadline exceeded$' "$log" && ! grep -q 'Failing input' "$log" || return 1
	fi
	execs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -1)
	execs=${execs:-0}
}

# On a busy machine a worker may take longer to start than its share of the
# budget: a target that tried nothing is given more time once.
again=30

failed=0
while read -r package name; do
	if tried "$package" "$name" "$each" && { [ "$execs" -gt 0 ] || tried "$package" "$name" "$again"; }; then
		echo "ok    $package $name $execs execs"
		if [ "$execs" -eq 0 ]; then
			echo "fuzz: $name tried nothing" >&2
			failed=1
		fi
	else
		echo "FAIL  $package $name"
		cat "$log"
		failed=1
	fi
done <<EOF
$targets
EOF
exit $failed
