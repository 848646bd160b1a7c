package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tram-station/tram/kiosk/journal"
)

// journalRounds is how often each size is written.
const journalRounds = 40

// benchJournal measures a record of the journal beside a plain write and fsync
// of the same bytes on the same disk, in turns: a command, a print, a portrait
// with its original.
func benchJournal(ctx context.Context, dir string) (rows []*benchStep, figures []boundFigure, err error) {
	folder := filepath.Join(dir, "journal")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, nil, err
	}
	j, err := journal.Create(folder, make([]byte, journal.KeySize), rand.Reader, nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	plain, err := os.Create(filepath.Join(folder, "plain"))
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	for _, size := range []struct {
		name  string
		bytes int
	}{{"1 KiB", 1 << 10}, {"100 KiB", 100 << 10}, {"3 MiB", 3 << 20}} {
		record := make([]byte, size.bytes)
		if _, err := rand.Read(record); err != nil {
			return nil, nil, err
		}
		pair := []*benchStep{
			ours("station", "sealed, "+size.name, size.name, func(int) error { return j.Append(record) }),
			ours("station", "plain write and fsync, "+size.name, size.name, func(int) error {
				_, err := plain.Write(record)
				return errors.Join(err, plain.Sync())
			}),
		}
		pair[1].peer = true
		if err := measure(ctx, pair, journalRounds); err != nil {
			return nil, nil, err
		}
		rows = append(rows, pair...)
		figures = append(figures, boundFigure{
			Figure: fmt.Sprintf("journalled step of %s, p95; a plain write and fsync %.2f", size.name, pair[1].P95), Value: pair[0].P95,
			Unit: "ms", Limit: fmt.Sprintf("at most %d", stepLimit/time.Millisecond),
		})
	}
	return rows, figures, nil
}
