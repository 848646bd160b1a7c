package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
)

// rulesOptions are the flags of the rules commands.
type rulesOptions struct {
	queueOptions
	file string // a pack by its file, "" for the one that the station uses
}

func newRulesCommand(a *app) *cobra.Command {
	var o rulesOptions
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Look at the rule packs: who is enrolled, with what, and in which time",
		Long: "A rule pack is data: a change of the law is a new pack and no new program. One is\n" +
			"built in; the central's newest signed one that is in force takes its place. Each\n" +
			"enrolment ends under the pack that it began under.",
	}
	ls := &cobra.Command{
		Use: "ls", Short: "List the packs and say which one the station uses", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return rulesLs(a, o) },
	}
	show := &cobra.Command{
		Use: "show [KIND]", Short: "Show what holds, for all kinds of enrolment or for one", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return rulesShow(a, o, args) },
	}
	rulesFlag(show.Flags(), &o.file)
	for _, c := range []*cobra.Command{ls, show} {
		o.flags(c.Flags())
	}
	cmd.AddCommand(ls, show,
		&cobra.Command{
			Use: "check FILE", Short: "Check a rule pack and name what is wrong in it", Args: cobra.ExactArgs(1),
			Long: "Check holds a pack against the schema and against what a schema can not say. It\n" +
				"exits with 7 when the station would not use the pack.",
			RunE: func(_ *cobra.Command, args []string) error { return rulesCheck(a, args[0]) },
		},
		&cobra.Command{
			Use: "schema", Short: "Print the JSON Schema of a rule pack", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { _, err := a.stdout.Write(rules.Schema()); return err },
		})
	return cmd
}

func rulesCheck(a *app, path string) error {
	b, err := readLimited(path, maxRules)
	if err != nil {
		return coded(exitUsage, err)
	}
	flaws, err := rules.Check(b)
	if err != nil {
		return err
	}
	version := ""
	if p, err := rules.Parse(b); err == nil {
		version = p.Version
	}
	if a.json {
		err = a.printJSON(map[string]any{"file": path, "version": version, "flaws": append([]rules.Flaw{}, flaws...)})
	} else {
		for _, f := range flaws {
			fmt.Fprintf(a.stdout, "%s: %s\n", cmp.Or(f.Path, "the pack"), f.Words)
		}
		if len(flaws) == 0 {
			fmt.Fprintf(a.stdout, "%s applies.\n", version)
		}
	}
	if len(flaws) > 0 {
		err = errors.Join(err, coded(exitInvalid, fmt.Errorf("%s: %d flaws: the station would not use this pack", path, len(flaws))))
	}
	return err
}

// rulesLine is one pack of `tram rules ls`.
type rulesLine struct {
	Version string     `json:"version"`
	Source  string     `json:"source"` // "built in" or "central"
	Signed  bool       `json:"signed"` // by the central's catalogue
	From    *time.Time `json:"from,omitempty"`
	State   string     `json:"state"` // what becomes of it
	InUse   bool       `json:"in_use"`
	Problem string     `json:"problem,omitempty"`
}

// The states of a pack.
const (
	rulesInUse   = "in use"
	rulesLater   = "not in force yet"
	rulesPast    = "not the newest"
	rulesRefused = "refused"
	rulesStandby = "stands by"
)

func rulesLs(a *app, o rulesOptions) error {
	lines, note, err := listRules(o)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"packs": lines, "note": note})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tSOURCE\tIN FORCE FROM\tSTATE")
	for _, l := range lines {
		from := "-"
		if l.From != nil {
			from = l.From.In(rules.Hanoi).Format(time.DateTime)
		}
		source := l.Source
		if l.Signed {
			source += ", signed"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Version, source, from, l.State)
		if l.Problem != "" {
			fmt.Fprintf(w, "\t%s\t\t\n", l.Problem)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if note != "" {
		fmt.Fprintln(a.stdout, note)
	}
	return nil
}

// listRules lists the packs as the station's next start would choose; the note
// says what could not be looked at.
func listRules(o rulesOptions) (lines []rulesLine, note string, err error) {
	builtin, err := rules.Default()
	if err != nil {
		return nil, "", coded(exitInvalid, err)
	}
	used := false
	note, err = o.central(func(b *offline.Outbox) error {
		lines, used, err = centralRules(b)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	line := rulesLine{Version: builtin.Version, Source: "built in", State: rulesInUse, InUse: !used}
	if used {
		line.State = rulesStandby
	}
	return append(lines, line), note, nil
}

// central opens the station's outbox, where there is a station and it does not
// run.
func (o rulesOptions) central(do func(*offline.Outbox) error) (note string, err error) {
	if !exists(filepath.Join(o.data, stationFile)) {
		return "There is no station in this folder yet: only what is built in is shown.", nil
	}
	err = withOutbox(o.queueOptions, do)
	if errors.Is(err, queue.ErrLocked) {
		return "The station runs: the central's packs are shown when it is stopped.", nil
	}
	return "", err
}

// centralRules lists the central's packs; used says that one of them is in use.
func centralRules(b *offline.Outbox) (lines []rulesLine, used bool, err error) {
	items, err := b.Documents(offline.DocumentRules)
	if err != nil {
		return nil, false, coded(exitVerification, err)
	}
	path, now, force := b.Document(offline.DocumentRules)
	clock, _ := b.Time()
	for _, item := range items {
		l := rulesLine{Version: item.Version, Source: "central", Signed: true, State: rulesPast}
		if item.From > 0 {
			from := time.UnixMilli(item.From)
			l.From = &from
		}
		switch {
		case force && item == now:
			l.State, l.InUse = rulesInUse, true
			if _, err := readRules(path); err != nil {
				l.State, l.InUse, l.Problem = rulesRefused, false, err.Error()
			}
		case item.From > clock.UnixMilli():
			l.State = rulesLater
		}
		used = used || l.InUse
		lines = append(lines, l)
	}
	return lines, used, nil
}

// pack returns the one that is named, or that the station's next start would
// use.
func (o rulesOptions) pack() (p *rules.Pack, note string, err error) {
	if p, err = loadRules(o.file); p != nil || err != nil {
		return p, "", err
	}
	book, err := newRulebook(nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, "", coded(exitInvalid, err)
	}
	note, err = o.central(func(b *offline.Outbox) error {
		book.from = b
		book.look()
		return nil
	})
	return book.rules, note, err
}
