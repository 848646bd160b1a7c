package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/verdict"
)

// TestFaultsOfAReadAreNamed: each has an exit code, a name for programs and the
// next step for people.
func TestFaultsOfAReadAreNamed(t *testing.T) {
	for _, c := range []struct {
		err  error
		code string
		exit int
	}{
		{apdu.ErrCardLost, "card-lost", exitCardLost}, {apdu.ErrSilent, "chip-silent", exitCardLost},
		{apdu.ErrTimeout, "chip-timeout", exitCardLost}, {apdu.ErrReset, "card-reset", exitCardLost},
		{reader.ErrOtherCard, "other-card", exitCardLost}, {apdu.ErrNoReader, "no-reader", exitNoDevice},
		{apdu.ErrBusy, "reader-busy", exitNoDevice}, {access.ErrWrongKey, "wrong-key", exitWrongKey},
		{reader.ErrTooManyKeys, "too-many-keys", exitWrongKey}, {reader.ErrNoApplication, "not-an-id-card", exitOther},
	} {
		var errs bytes.Buffer
		a := &app{stderr: &errs, json: true}
		if exit := a.report(explained(fmt.Errorf("read card: %w", c.err))); exit != c.exit {
			t.Errorf("%s: exit %d", c.code, exit)
		}
		var out struct {
			Error, Fault string
			Exit         int
			Words, Next  verdict.Words
		}
		if err := json.Unmarshal(errs.Bytes(), &out); err != nil || out.Fault != c.code || out.Exit != c.exit || out.Words.VI == "" || out.Next.EN == "" {
			t.Errorf("%s: %s, %v", c.code, errs.Bytes(), err)
		}
		errs.Reset()
		a.json = false
		a.report(explained(c.err))
		if text := errs.String(); !strings.Contains(text, out.Words.VI) || !strings.Contains(text, out.Next.VI) || !strings.Contains(text, c.code) {
			t.Errorf("%s: %s", c.code, text)
		}
	}
	var errs bytes.Buffer
	(&app{stderr: &errs, json: true}).report(coded(exitUsage, fmt.Errorf("something else")))
	if strings.Contains(errs.String(), "fault") {
		t.Errorf("a fault of a read out of nothing: %s", &errs)
	}
}
