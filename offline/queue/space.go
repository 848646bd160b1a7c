package queue

import (
	"fmt"
)

// Levels of Space.
const (
	LevelOK   = "ok"
	LevelLow  = "low"  // a warning: below twice the share that stays free, or over 4/5 of the quota
	LevelFull = "full" // no capturing any more
)

// Space is how much room there is, in bytes.
type Space struct {
	Held  int64  `json:"held"`  // sealed, on this disk
	Quota int64  `json:"quota"` // of Held, 0 for none
	Free  uint64 `json:"free"`
	Total uint64 `json:"total"`
	Level string `json:"level"`
}

// Space measures the room.
func (q *Queue) Space() (Space, error) {
	free, total, err := q.free(q.dir)
	if err != nil {
		return Space{}, fmt.Errorf("queue: free space: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	s := Space{Held: q.held, Quota: q.opt.Quota, Free: free, Total: total, Level: LevelOK}
	share := float64(total) * q.opt.MinFree
	switch {
	case float64(free) < share || s.Quota > 0 && s.Held >= s.Quota:
		s.Level = LevelFull
	case float64(free) < 2*share || s.Quota > 0 && s.Held >= s.Quota/5*4:
		s.Level = LevelLow
	}
	return s, nil
}

// Room says whether there is room to capture another dossier: the error is
// ErrFull. It asks for more than Put does, so that what was captured is stored.
func (q *Queue) Room() error {
	s, err := q.Space()
	if err == nil && s.Level == LevelFull {
		err = ErrFull
	}
	return err
}
