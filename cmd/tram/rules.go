package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/tram-station/tram/kiosk/enrol"
)

// maxRules bounds a rule pack.
const maxRules = 1 << 20

func rulesFlag(f *pflag.FlagSet, path *string) {
	f.StringVar(path, "rules", "", "file of the rule pack (default: the one that is built in)")
}

// loadRules reads and checks a rule pack; nil for the one that is built in.
func loadRules(path string) (*enrol.Rules, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxRules+1))
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	if len(b) > maxRules {
		return nil, coded(exitInvalid, fmt.Errorf("the rule pack is larger than %d bytes: name another file with --rules", maxRules))
	}
	rules, err := enrol.ParseRules(b)
	if err != nil {
		return nil, coded(exitInvalid, err)
	}
	return rules, nil
}
