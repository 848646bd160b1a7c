package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	behind "github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/reader/chip"
)

const (
	// demoPhone is the demo citizen's: nobody's in the invented register.
	demoPhone = "0900999001"
	// demoCitizens are the other people of the invented register.
	demoCitizens = 40
)

// demoRegister is the register and the messenger behind the demo's gateway, a
// folder of invented people and of messages to them.
type demoRegister struct{ dir string }

// fill writes the register: invented people, some of whom have appointments
// today, and the citizen of the demo's card.
func (r demoRegister) fill(c chip.Citizen) error {
	if err := behind.Invent(r.dir, demoCitizens, demoSeed, demoStation, time.Now()); err != nil {
		return err
	}
	return behind.Add(r.dir, nil, behind.Citizen{Number: c.Number, Fields: map[string]string{
		"name": c.Name, "birth": c.Birth.Format(time.DateOnly), "sex": c.Sex, "nationality": c.Nationality,
		"origin": c.Origin, "issue": c.Issue.Format(time.DateOnly), "expiry": c.Expiry.Format(time.DateOnly),
	}})
}

// sixDigits is a code in the text of a message.
var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code waits for the message to the demo's phone, as the citizen does, and
// takes it.
func (r demoRegister) code(ctx context.Context) (string, error) {
	for {
		names, err := filepath.Glob(filepath.Join(r.dir, "messages", "*.json"))
		if err != nil {
			return "", err
		}
		slices.Sort(names)
		for _, name := range slices.Backward(names) { // the newest code is the one that counts
			raw, err := os.ReadFile(name)
			if err != nil {
				return "", err
			}
			var m behind.Message
			if err := json.Unmarshal(raw, &m); err != nil {
				return "", fmt.Errorf("the message %s: %w", filepath.Base(name), err)
			}
			if digits := sixDigits.FindString(m.Text); m.Phone == demoPhone && digits != "" {
				return digits, os.Remove(name)
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return "", errors.Join(errors.New("no message with a code came to the demo's phone"), ctx.Err())
		}
	}
}
