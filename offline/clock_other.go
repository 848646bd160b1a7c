//go:build !linux

package offline

import (
	"time"

	"github.com/google/uuid"
)

func bootClock() (uuid.UUID, func() time.Duration) { return processClock() }
