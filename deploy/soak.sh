#!/bin/sh
# The long forms of the fault tests of the way out: kills, power cuts, full
# disks, cut lines, forks, wrong clocks, a storm of stations. At the end a table:
# acknowledged, lost, doubled, torn. The last three must read 0, and each
# control, where the promise is broken on purpose, must not.
#
# It needs root and /dev/fuse, an hour and a machine that has nothing else to do.
# Each number may be set from outside: TRAM_KILLS=50 deploy/soak.sh
set -eu
cd "$(dirname "$0")/.."

TRAM_SOAK_TABLE=${TRAM_SOAK_TABLE:-$(mktemp)}
: >"$TRAM_SOAK_TABLE"
export TRAM_SOAK_TABLE
export TRAM_KILLS="${TRAM_KILLS:-500}"
export TRAM_POWER_CUTS="${TRAM_POWER_CUTS:-200}"
export TRAM_CHAOS="${TRAM_CHAOS:-100}"
export TRAM_FLIPS="${TRAM_FLIPS:-500}"
export TRAM_CLUSTER_ROUNDS="${TRAM_CLUSTER_ROUNDS:-20}"
export TRAM_FLEET="${TRAM_FLEET:-12000}"

failed=
run() {
	go test -count=1 -timeout 3h -tags realparts "$@" || failed=yes
}

run ./offline/faults
run -run 'Kill|Flip|Full|Power|Fault' ./offline/queue ./offline
run -run 'Cluster|Fault' ./offline/gateway/store ./cmd/tram-gateway
run -run 'Fleet' ./cmd/tram-sim

# One JSON object a line, its keys always in the order of faults.Tally.
echo
sed 's/^{"fault":"\(.*\)","runs":\([0-9]*\),"acknowledged":\([0-9]*\),"lost":\([0-9]*\),"doubled":\([0-9]*\),"torn":\([0-9]*\),"control":\([0-9]*\),"control_by":"\(.*\)"}$/\1|\2|\3|\4|\5|\6|\7 (\8)/' "$TRAM_SOAK_TABLE" |
	awk -F'|' '
		BEGIN { row = "%-38s %6s %12s %6s %8s %6s  %s\n"; printf row, "fault", "runs", "acknowledged", "lost", "doubled", "torn", "control" }
		{ printf row, $1, $2, $3, $4, $5, $6, $7; n++; bad += $4 + $5 + $6; acked += $3 }
		END { printf "%d faults, %d acknowledged, %d lost, doubled or torn\n", n, acked, bad; exit bad > 0 || n == 0 }
	' || failed=yes
[ -z "$failed" ]
