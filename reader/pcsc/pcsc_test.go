package pcsc

import (
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
)

func TestChoose(t *testing.T) {
	readers := []string{"ACS ACR1252 PICC 00 00", "ACS ACR1252 SAM 00 01", "Virtual PCD 00 00"}
	for name, want := range map[string]string{
		"":                        "ACS ACR1252 PICC 00 00",
		"Virtual PCD 00 00":       "Virtual PCD 00 00",
		"picc":                    "ACS ACR1252 PICC 00 00",
		"virtual":                 "Virtual PCD 00 00",
		"ACS ACR1252 SAM 00 01":   "ACS ACR1252 SAM 00 01",
		"acs":                     "", // fits two
		"Identiv":                 "", // fits none
		"ACS ACR1252 PICC 00 009": "",
	} {
		got, err := choose(readers, name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := choose(nil, ""); !errors.Is(err, apdu.ErrNoReader) {
		t.Errorf("no reader at all: %v", err)
	}
	if _, err := choose(readers, "Identiv"); !errors.Is(err, apdu.ErrNoReader) {
		t.Errorf("an unknown reader: %v", err)
	}
}

func TestVirtual(t *testing.T) {
	if !isVirtual("Virtual PCD 00 01") || isVirtual("ACS ACR1252 PICC 00 00") || isVirtual("My Virtual PCD") {
		t.Error("virtual slots are told wrongly")
	}
}

// TestErrors: the station decides by these.
func TestErrors(t *testing.T) {
	for _, err := range []error{ErrNoService, ErrNotBuilt} {
		if !errors.Is(err, apdu.ErrNoReader) {
			t.Errorf("%v is not ErrNoReader", err)
		}
	}
	if errors.Is(apdu.ErrBusy, apdu.ErrNoReader) || errors.Is(apdu.ErrBusy, apdu.ErrCardLost) {
		t.Error("a busy reader is taken for a missing one")
	}
}

func TestStateEqual(t *testing.T) {
	a := State{Reader: "r", Card: true, ATR: []byte{0x3B}}
	for i, b := range []State{{Reader: "r", Card: true, ATR: []byte{0x3F}}, {Reader: "r", ATR: []byte{0x3B}}, {Reader: "q", Card: true, ATR: []byte{0x3B}},
		{Reader: "r", Card: true, Mute: true, ATR: []byte{0x3B}}, {Reader: "r", Card: true, Busy: true, ATR: []byte{0x3B}}} {
		if a.equal(b) {
			t.Errorf("change %d is not seen", i)
		}
	}
	if !a.equal(State{Reader: "r", Card: true, ATR: []byte{0x3B}}) {
		t.Error("a change out of nothing")
	}
}
