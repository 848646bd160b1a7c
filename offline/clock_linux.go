package offline

import (
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"
)

// bootClock names the start of this machine and counts from it, sleep included.
func bootClock() (uuid.UUID, func() time.Duration) {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	boot, perr := uuid.Parse(strings.TrimSpace(string(raw)))
	var ts unix.Timespec
	if err != nil || perr != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return processClock()
	}
	return boot, func() time.Duration {
		var ts unix.Timespec
		if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
			return 0
		}
		return time.Duration(ts.Nano())
	}
}
