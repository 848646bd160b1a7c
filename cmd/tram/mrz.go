package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/mrz"
)

func newMRZCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "mrz", Short: "Read the machine-readable zone of a card or passport"}
	cmd.AddCommand(&cobra.Command{
		Use:   "parse FILE|-",
		Short: "Take a machine-readable zone apart and check its digits",
		Long: "Parse prints one JSON object: format, valid, fields (value, check digit printed\n" +
			"and computed, ok), and in repaired the lines as they probably read, where undoing\n" +
			"what scanners confuse makes an invalid zone valid. With - it reads standard input.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runMRZParse(a, args[0]) },
	})
	return cmd
}

// mrzField is a field as parse prints it.
type mrzField struct {
	Value    string `json:"value"`
	Printed  string `json:"printed"`
	Computed string `json:"computed"`
	OK       bool   `json:"ok"`
}

func runMRZParse(a *app, file string) error {
	text, err := readText(a, file)
	if err != nil {
		return err
	}
	zone, err := mrz.Parse(text)
	if err != nil {
		return coded(exitInvalid, err)
	}
	out := struct {
		Format   mrz.Format          `json:"format"`
		Valid    bool                `json:"valid"`
		Fields   map[string]mrzField `json:"fields"`
		Repaired []string            `json:"repaired"` // null where there is nothing to repair, or no way
	}{Format: zone.Format, Valid: zone.Valid, Fields: map[string]mrzField{}}
	for _, f := range zone.Fields {
		out.Fields[f.Name] = mrzField{f.Value, f.Printed, f.Computed, f.OK}
	}
	if repaired := mrz.Repair(zone); repaired != nil {
		out.Repaired = repaired.Lines
	}
	if err := a.printJSON(out); err != nil {
		return err
	}
	if !zone.Valid {
		return coded(exitInvalid, errShown)
	}
	return nil
}

// readText reads a zone from a file or, for "-", from standard input.
func readText(a *app, file string) (string, error) {
	in := a.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the machine-readable zone: %w", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, mrz.MaxText+1))
	if err != nil {
		return "", fmt.Errorf("read the machine-readable zone: %w", err)
	}
	return string(b), nil
}
