package sbi_test

import (
	"image"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/devicetest"
	"github.com/tram-station/tram/biometrics/sbi"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
	"github.com/tram-station/tram/biometrics/virtual"
)

// ridges are one finger for all of the suite: drawing takes seconds under the
// race detector.
var ridges = sync.OnceValue(func() *image.Gray { return virtual.Ridges(5, biometrics.LeftMiddle) })

// bench puts a scanner on the suite's bench.
func bench(t *testing.T, o sbitest.Options, change func(*sbi.Config)) *devicetest.Bench {
	o.Env, o.Empty = "Production", true
	o.Draw = func(biometrics.Finger, bool) *image.Gray { return ridges() }
	ridges()
	m, err := sbitest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Unplug)
	plug := func() (biometrics.Scanner, error) {
		cfg := sbi.Config{URL: m.URL(), Roots: m.Roots(), Patience: time.Second}
		if change != nil {
			change(&cfg)
		}
		return sbi.Open(t.Context(), cfg)
	}
	s, err := plug()
	if err != nil {
		t.Fatal(err)
	}
	return &devicetest.Bench{
		Scanner: s, Patience: time.Second, Films: true,
		Finger: m.Lay,
		Spoil:  func() { _ = m.Do(sbitest.FaultImage, 1) },
		Unplug: m.Unplug,
		Reopen: func() (biometrics.Scanner, error) {
			m.Lay(false)
			if err := m.Plug(); err != nil {
				return nil, err
			}
			return plug()
		},
	}
}

func TestSuiteSlap(t *testing.T) {
	devicetest.Run(t, func(t *testing.T) *devicetest.Bench {
		return bench(t, sbitest.Options{Coding: sbitest.PNG}, func(c *sbi.Config) {
			c.RolledOptions = map[string]string{"impression": "rolled"}
		})
	})
}

func TestSuiteSingle(t *testing.T) {
	devicetest.Run(t, func(t *testing.T) *devicetest.Bench {
		return bench(t, sbitest.Options{Kind: "Single", Coding: sbitest.WSQ}, nil)
	})
}
