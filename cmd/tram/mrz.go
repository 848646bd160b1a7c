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
			"and computed, ok, place, problem), in repaired the lines as they probably read,\n" +
			"where undoing what scanners confuse makes an invalid zone valid, and in changes\n" +
			"what that changed; lines and columns count from 0. Every field that is not right\n" +
			"is named on standard error. With - it reads standard input.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runMRZParse(a, args[0]) },
	}, newMRZOCRCommand(a), newMRZScanCommand(a))
	return cmd
}

// mrzField is a field as parse prints it.
type mrzField struct {
	Value    string      `json:"value"`
	Printed  string      `json:"printed"`
	Computed string      `json:"computed"`
	OK       bool        `json:"ok"`
	Line     int         `json:"line"`
	From     int         `json:"from"`
	To       int         `json:"to"`
	Problem  mrz.Problem `json:"problem"`
}

// mrzChange is a change as parse prints it; from or to is "" where a character
// was added or left out.
type mrzChange struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
	Field  string `json:"field"`
}

func runMRZParse(a *app, file string) error {
	text, err := readText(a, file)
	if err != nil {
		return err
	}
	zone, err := mrz.Parse(text)
	if err == nil {
		repaired, changes := mrz.Repair(zone)
		return printZone(a, zone, repaired, changes)
	}
	mended, changes := mrz.Mend(text)
	switch {
	case mended == nil:
		return coded(exitInvalid, err)
	case len(changes) == 0: // written otherwise, that is all
		return printZone(a, mended, nil, nil)
	}
	// The fields of a text that has no lines are nowhere.
	if err := a.printJSON(newZoneReport(&mrz.Zone{Format: mended.Format}, mended, changes)); err != nil {
		return err
	}
	return coded(exitInvalid, err)
}

func printZone(a *app, zone, repaired *mrz.Zone, changes []mrz.Change) error {
	if err := a.printJSON(newZoneReport(zone, repaired, changes)); err != nil {
		return err
	}
	if !zone.Valid {
		explainZone(a.stderr, zone)
		return coded(exitInvalid, errShown)
	}
	return nil
}

// zoneReport is what parse prints.
type zoneReport struct {
	Format   mrz.Format          `json:"format"`
	Valid    bool                `json:"valid"`
	Fields   map[string]mrzField `json:"fields"`
	Repaired []string            `json:"repaired"` // null where there is nothing to repair, or no way
	Changes  []mrzChange         `json:"changes"`
}

func newZoneReport(zone, repaired *mrz.Zone, changes []mrz.Change) zoneReport {
	out := zoneReport{Format: zone.Format, Valid: zone.Valid, Fields: map[string]mrzField{}, Changes: printedChanges(changes)}
	for _, f := range zone.Fields() {
		out.Fields[f.Name] = mrzField{f.Value, f.Printed, f.Computed, f.OK, f.Line, f.From, f.To, f.Problem}
	}
	if repaired != nil {
		out.Repaired = repaired.Lines
	}
	return out
}

func printedChanges(changes []mrz.Change) []mrzChange {
	character := func(c byte) string {
		if c == 0 {
			return ""
		}
		return string(c)
	}
	all := make([]mrzChange, 0, len(changes))
	for _, c := range changes {
		all = append(all, mrzChange{c.Line, c.Column, character(c.From), character(c.To), c.Field})
	}
	return all
}

// explainZone names each field that is not right, for people: the line and
// column from 1, as they count, and no value.
func explainZone(w io.Writer, zone *mrz.Zone) {
	for _, f := range zone.Fields() {
		why := ""
		switch f.Problem {
		case mrz.ProblemEmpty:
			why = "nothing is there"
		case mrz.ProblemCharacters:
			why = "a character cannot stand there"
		case mrz.ProblemCheckDigit:
			why = fmt.Sprintf("the check digit is %s and should be %s", f.Printed, f.Computed)
		case mrz.ProblemDate:
			why = "no calendar has that day"
		default:
			continue
		}
		fmt.Fprintf(w, "%s (line %d, column %d): %s\n", f.Name, f.Line+1, f.From+1, why)
	}
	fmt.Fprintln(w, "scan the zone again, or correct what was typed")
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
