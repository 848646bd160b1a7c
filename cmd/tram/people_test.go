package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
)

// peopled runs `tram people` with standard input and returns what it printed.
func peopled(t *testing.T, data, input string, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"people", "--data", data}, args...), strings.NewReader(input), &out, &errs)
	return out.String() + errs.String(), code
}

// TestPeopleCommands: each change is done, durable and in the audit log, which
// never has a PIN or a number.
func TestPeopleCommands(t *testing.T) {
	data, _, _, _ := queueStation(t)
	if out, code := peopled(t, data, "", "ls"); code != exitUsage || !strings.Contains(out, "tram run") {
		t.Fatalf("before the first run: %d %s", code, out)
	}
	staffed(t, data)
	pin := func(args ...string) string {
		t.Helper()
		out, code := peopled(t, data, "", append([]string{"--json"}, args...)...)
		var v struct{ PIN string }
		if err := json.Unmarshal([]byte(out), &v); err != nil || code != exitGood || len(v.PIN) != 6 {
			t.Fatalf("%v: %d %s", args, code, out)
		}
		return v.PIN
	}
	first := pin("add", "officer-2")
	second := pin("pin", "officer-2")
	const number = "001090990001"
	for _, c := range []struct {
		code  int
		input string
		args  []string
	}{
		{exitUsage, "", []string{"add", "officer-2"}},
		{exitUsage, "", []string{"add", "Nguyễn"}},
		{exitUsage, "", []string{"add", number}},
		{exitUsage, "", []string{"role", "officer-2", "root"}},
		{exitUsage, "", []string{"role", "officer-77", "officer"}},
		{exitUsage, "", []string{"card", "officer-2"}}, // nothing is typed
		{exitGood, number + "\n", []string{"card", "officer-2"}},
		{exitGood, "", []string{"role", "officer-2", "supervisor"}},
		{exitGood, "", []string{"add", "admin-1", "--role", "administrator"}},
		{exitGood, "", []string{"remove", "admin-1"}},
		{exitUsage, "", []string{"keys", "officer-2", "--remove", "AAAA"}},
		{exitGood, "", []string{"keys", "officer-2"}},
	} {
		if out, code := peopled(t, data, c.input, c.args...); code != c.code {
			t.Errorf("%v: %d %s", c.args, code, out)
		}
	}
	out, _ := peopled(t, data, "", "--json", "ls")
	var all []operator.Person
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 3 || all[1].ID != "officer-2" || all[1].Role != "supervisor" || !all[1].Card {
		t.Errorf("the people: %v %s", err, out)
	}
	var acts []string
	withQueue(t, data, func(b *offline.Outbox) error {
		people, err := openPeople(b, data)
		if err != nil {
			return err
		}
		if !people.OwnCard("officer-2", number) || people.OwnCard("officer-1", number) || people.OwnCard("officer-2", "001090990002") {
			t.Error("the own card is not known, or everybody's")
		}
		if _, err := people.Approve("officer-2", operator.PIN(second)); err != nil {
			t.Errorf("the new PIN: %v", err)
		}
		if _, err := people.Approve("officer-2", operator.PIN(first)); first != second && !errors.Is(err, operator.ErrWrongPIN) {
			t.Errorf("the former PIN: %v", err)
		}
		return b.Acts(0, func(_ uint64, a audit.Act) error {
			if a.Who == commandLine {
				acts = append(acts, a.What+" "+a.Detail)
			}
			return nil
		})
	})
	log := strings.Join(acts, "\n")
	for _, want := range []string{"person-added officer-2 officer", "person-pin officer-2", "person-role officer-2 supervisor", "person-card officer-2", "person-removed admin-1"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range []string{first, second, number} {
		if strings.Contains(log, secret) {
			t.Errorf("the audit log has a secret:\n%s", log)
		}
	}
}

// TestOfficersOfCentral: the list that the central has signed counts, over
// restarts too; one that is broken or older takes nobody's place.
func TestOfficersOfCentral(t *testing.T) {
	h := newHandedOut(t)
	const list = `{"schema":1,"version":"A","issued":"2026-11-01T00:00:00Z","officers":[{"id":"officer-7","role":"officer","stations":["tram-thu-001"]},{"id":"officer-8","role":"officer","stations":["elsewhere"]}]}`
	people := func(s *station) (out string) {
		for _, p := range s.people.People() {
			if p.Listed {
				out += p.ID + " "
				if !p.Allowed {
					out += "(not) "
				}
			}
		}
		return out
	}
	publish := func(version, text string) {
		t.Helper()
		h.give(offline.DocumentOfficers, "officers.json", version, []byte(text))
	}
	look := func(want string) []map[string]any {
		t.Helper()
		return h.start("", func(s *station) {
			if got := strings.TrimSpace(people(s)); got != want {
				t.Errorf("on the list: %q, want %q", got, want)
			}
		})
	}
	look("")
	publish("1", list)
	if log := look("officer-7"); !logged(log, map[string]string{"msg": "document in use", "kind": "officers"}) {
		t.Errorf("nothing is said of it: %v", log)
	}
	publish("2", strings.Replace(list, `"role":"officer"`, `"role":"king"`, 1))
	if log := look("officer-7"); !logged(log, map[string]string{"level": "ERROR", "version": "2"}) {
		t.Errorf("a broken list is not named: %v", log)
	}
	publish("3", strings.Replace(list, "2026-11-01", "2025-11-01", 1))
	if log := look("officer-7"); !logged(log, map[string]string{"level": "ERROR", "version": "3"}) {
		t.Errorf("an older list is not named: %v", log)
	}
	publish("4", `{"schema":1,"version":"B","issued":"2026-11-09T00:00:00Z","officers":[{"id":"officer-9","role":"officer"}]}`)
	look("officer-7 (not) officer-9")
	if raw, err := os.ReadFile(filepath.Join(h.data, centralFolder, "officers.json")); err != nil || !strings.Contains(string(raw), `"4"`) {
		t.Errorf("which list is in use: %s, %v", raw, err)
	}
}
