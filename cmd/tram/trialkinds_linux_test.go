//go:build realparts

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader/chip"
)

// script is one kind of enrolment: who comes, and what the officer does where it
// is not the usual.
type script struct {
	name    string
	begin   map[string]any
	station string // kind of the station; "" is a commune's
	years   int    // age of the citizen; 0: the sample's
	long    bool   // in the long form only
	steps   func(*trial, *testing.T) map[string]func(shot) *order
}

// once gives the same order in a step.
func once(name string, args any) func(shot) *order {
	return func(shot) *order { return &order{name, args} }
}

// paper is what a paper looks like that is there.
func paper(kind, number string, more ...string) map[string]any {
	p := map[string]any{"type": kind, "number": number, "original_seen": true}
	if len(more) > 0 {
		p["expiry"] = more[0]
	}
	return p
}

// scripts are the kinds, as the description and the snapshot's rules name them.
func scripts() []script {
	return []script{
		{name: "citizen", begin: map[string]any{"kind": "citizen"}},
		{name: "child with guardian", begin: map[string]any{"kind": "child"}, years: 11, steps: guarded},
		{name: "ward", begin: map[string]any{"kind": "ward"}, years: 70, long: true, steps: func(*trial, *testing.T) map[string]func(shot) *order {
			return map[string]func(shot) *order{"guardian": once("guardian", map[string]any{"relation": "guardian", "paper": paper("court-decision", "12/2015"),
				"reason": "thẻ đang làm thủ tục cấp đổi",
				"fields": map[string]any{"number": "001085000022", "name": "Nguyễn Văn Cha", "birth": "1985-03-01"}})}
		}},
		{name: "issuance without a card", begin: map[string]any{"kind": "issuance", "reason": "first"}, long: true,
			steps: func(*trial, *testing.T) map[string]func(shot) *order {
				return map[string]func(shot) *order{
					"identity": once("identity", map[string]any{"card": "none", "papers": []any{paper("birth-certificate", "123/1990")},
						"fields": map[string]any{"number": "001090990001", "name": "Nguyễn Văn Thử", "birth": "1990-02-14", "sex": "Nam", "residence": "Số 5, Ngõ 10 Phố Mẫu"}}),
					"family": once("family", map[string]any{"members": []any{map[string]any{"relation": "father", "name": "Nguyễn Văn Cha"}}}),
				}
			}},
		{name: "issuance with a card", begin: map[string]any{"kind": "issuance", "reason": "exchange"}, long: true,
			steps: func(*trial, *testing.T) map[string]func(shot) *order {
				return map[string]func(shot) *order{
					"identity": once("identity", map[string]any{"card": "read"}),
					"family":   once("family", map[string]any{"members": []any{}}),
				}
			}},
		{name: "documents added and withdrawn", begin: map[string]any{"kind": "documents"},
			steps: asks(map[string]any{"items": []any{map[string]any{"action": "add", "type": "driving-licence"},
				map[string]any{"action": "withdraw", "type": "health-insurance", "number": "GD4010123456789"}}})},
		{name: "lock (TK03)", begin: map[string]any{"kind": "lock"},
			steps: asks(map[string]any{"action": "lock", "reason": "device-lost", "fields": map[string]any{"detail": "mất điện thoại"}})},
		{name: "organisation (TK02)", begin: map[string]any{"kind": "organisation"},
			steps: asks(map[string]any{"action": "register", "fields": map[string]any{"organisation": "Công ty Mẫu",
				"tax_code": "0123456787", "address": "Số 1, Phố Mẫu", "role": "Giám đốc"}})},
		{name: "foreigner", begin: map[string]any{"kind": "foreigner"}, station: "immigration",
			steps: func(_ *trial, t *testing.T) map[string]func(shot) *order {
				lines, err := mrz.Generate(mrz.TD3, mrz.Data{Code: "P", Issuer: "UTO", Number: "L898902C3", Birth: "740812", Sex: "F",
					Expiry: "340415", Nationality: "UTO", Surname: "MAU", Given: "ANNA MARIA"})
				if err != nil {
					t.Fatal(err)
				}
				return map[string]func(shot) *order{"identity": once("identity", map[string]any{"mrz": lines,
					"fields": map[string]any{"residence": "Phường Thử, Hà Nội"}, "papers": []any{paper("residence-card", "NN-1234567", "2031-05-20")}})}
			}},
	}
}

func asks(args map[string]any) func(*trial, *testing.T) map[string]func(shot) *order {
	return func(*trial, *testing.T) map[string]func(shot) *order {
		return map[string]func(shot) *order{"request": once("request", args)}
	}
}

// person is an invented citizen of an age, with the drawn face.
func (x *trial) person(years int, name string) chip.Citizen {
	c := x.citizen
	born := time.Now().AddDate(-years, 0, -10)
	c.Name, c.Birth, c.OldNumber = name, time.Date(born.Year(), born.Month(), born.Day(), 0, 0, 0, 0, time.UTC), ""
	c.Number = fmt.Sprintf("001%d%02d000011", (born.Year()/100-19)*2, born.Year()%100)
	c.Issue, c.Expiry = time.Now().AddDate(-1, 0, 0).Truncate(24*time.Hour), time.Now().AddDate(5, 0, 0).Truncate(24*time.Hour)
	return c
}

// issued is the card of a person.
func (x *trial) issued(t *testing.T, c chip.Citizen) *chip.Card {
	t.Helper()
	card, err := x.issuer.Issue(c, chip.ProfileCCCD, chip.FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// guarded: the guardian's card lies on the reader first, then the child's.
func guarded(x *trial, t *testing.T) map[string]func(shot) *order {
	child, guardian := x.card, x.issued(t, x.person(40, "Nguyễn Văn Cha"))
	swapped := false
	return map[string]func(shot) *order{
		"guardian": func(s shot) *order {
			if x.card != guardian {
				x.take(t)
				x.put(t, guardian)
			}
			switch s.text("guardian", "chip", "state") {
			case "done":
				return &order{"guardian", map[string]any{"relation": "father", "paper": paper("birth-certificate", "12/2015")}}
			case "idle", "failed", "":
				return &order{"guardian-scan", map[string]any{"qr": guardian.QR()}}
			}
			return nil
		},
		"card": func(s shot) *order {
			if !swapped {
				swapped = true
				x.take(t)
				x.put(t, child)
			}
			return nil // then as usual
		},
	}
}

// TestTrialKinds drives each kind from the card to the receipt by the
// description alone.
func TestTrialKinds(t *testing.T) {
	x := newTrial(t)
	station := ""
	for _, k := range scripts() {
		if k.long && os.Getenv(envSoak) == "" {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			if k.station != station {
				station = k.station
				x.restartAs(t, station)
			}
			x.put(t, x.cardFor(t, k.years))
			defer x.tidy(t)
			o := x.officer("")
			o.begin = k.begin
			if k.steps != nil {
				o.steps = k.steps(x, t)
			}
			id := o.enrol(t, nil)
			t.Logf("dossier %s, steps %v", id, o.seen)
		})
	}
	x.restartAs(t, "")
	t.Run("family", func(t *testing.T) { family(t, x) })
	t.Run("verify", func(t *testing.T) { verifiedOnly(t, x) })
	t.Run("under 6", func(t *testing.T) { tooYoung(t, x) })
	t.Run("other station", func(t *testing.T) { otherStation(t, x) })
}

// tidy takes the card away, and ends what a failed trial left.
func (x *trial) tidy(t *testing.T) {
	t.Helper()
	if t.Failed() {
		_, _ = x.api.command(context.WithoutCancel(t.Context()), "cancel", nil)
		_, _ = x.api.command(context.WithoutCancel(t.Context()), "finish", nil)
	}
	x.take(t)
}

// restartAs starts the station as one of another kind.
func (x *trial) restartAs(t *testing.T, kind string) {
	t.Helper()
	x.daemon.stop(t)
	x.args = []string{"--scanner", "virtual"}
	if kind != "" {
		x.args = append(x.args, "--station-kind", kind)
	}
	x.startDaemon(t)
	x.signIn(t)
}

func (x *trial) cardFor(t *testing.T, years int) *chip.Card {
	t.Helper()
	if years == 0 {
		return x.issue(t, chip.ProfileCCCD, chip.FaultNone)
	}
	return x.issued(t, x.person(years, "Nguyễn Thị Bé"))
}

// family: the second child needs no second verification of the guardian.
func family(t *testing.T, x *trial) {
	first := x.person(11, "Nguyễn Thị Bé")
	x.put(t, x.issued(t, first))
	o := x.officer("child")
	o.steps = guarded(x, t)
	id := o.run(t, "done", nil).text("id")
	x.custody(t, id)
	x.take(t)
	second := x.person(8, "Nguyễn Văn Em")
	x.put(t, x.issued(t, second))
	defer x.tidy(t)
	o = x.officer("child")
	o.begin["after"] = id
	if err := o.carryOut(t, &order{"begin", o.begin}); err != nil { // behind the receipt
		t.Fatal(err)
	}
	scanned := false
	o.steps = map[string]func(shot) *order{"guardian": func(s shot) *order {
		if s.is("guardian", "carried") {
			return &order{"guardian", map[string]any{"relation": "father", "paper": paper("birth-certificate", "13/2018")}}
		}
		scanned = true
		return nil
	}}
	if next := o.enrol(t, nil); next == id || scanned {
		t.Errorf("the second child: dossier %s, scanned %v", next, scanned)
	}
}

// verifiedOnly reads a card and leaves no dossier.
func verifiedOnly(t *testing.T, x *trial) {
	x.put(t, x.issue(t, chip.ProfileCCCD, chip.FaultNone))
	defer x.tidy(t)
	before := x.stored(t)
	o := x.officer("verify")
	s := o.run(t, "done", nil)
	passed := 0
	for _, c := range s.list("checks") {
		if c.text("outcome") == "passed" {
			passed++
		}
	}
	if passed == 0 || s.at("receipt") != nil || x.stored(t) != before {
		t.Errorf("%d checks passed, receipt %v, %d dossiers", passed, s.at("receipt"), x.stored(t)-before)
	}
	x.must(t, "finish", nil)
}

// tooYoung: a child under six is not enrolled, and the officer is told who can
// help. The control is the child of eleven above.
func tooYoung(t *testing.T, x *trial) {
	x.put(t, x.issued(t, x.person(4, "Nguyễn Thị Bé")))
	defer x.tidy(t)
	o := x.officer("citizen")
	o.run(t, "person", nil)
	s := x.await(t, "the refusal", func(s shot) bool {
		for _, i := range s.list("issues") {
			if i.is("final") && i.text("words", "vi") != "" && i.text("next", "vi") != "" {
				return true
			}
		}
		return false
	})
	if _, err := x.api.command(t.Context(), "confirm-person", map[string]any{"phone": inventedPhone}); err == nil {
		t.Errorf("went on past %v", s.at("issues"))
	}
	t.Logf("%v", s.at("issues"))
	x.must(t, "cancel", nil)
}

// otherStation: a commune's station does not enrol foreigners, and says so.
func otherStation(t *testing.T, x *trial) {
	_, err := x.api.command(t.Context(), "begin", map[string]any{"kind": "foreigner"})
	var r *refusal
	if !errors.As(err, &r) || r.status != 422 || r.Err.Words.VI == "" || r.Err.Next.VI == "" {
		t.Errorf("a foreigner at a commune: %v", err)
	}
}
