package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

func rulesShow(a *app, o rulesOptions, args []string) error {
	p, note, err := o.pack()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return a.showPack(p, note)
	}
	one, ok := p.For(args[0])
	if !ok || args[0] == "" {
		return coded(exitUsage, fmt.Errorf("the pack %s has no kind %q: one of %s", p.Version, args[0], strings.Join(kindCodes(p), ", ")))
	}
	if a.json {
		one.Kinds = []rules.Kind{*one.As()}
		return a.printJSON(one)
	}
	return showKind(a.stdout, one)
}

func kindCodes(p *rules.Pack) (codes []string) {
	for _, k := range p.Kinds {
		codes = append(codes, k.Code)
	}
	return codes
}

// showPack prints the whole pack: a line a kind.
func (a *app) showPack(p *rules.Pack, note string) error {
	if a.json {
		return a.printJSON(p)
	}
	fmt.Fprintf(a.stdout, "%s\n%s\n", p.Version, p.Basis)
	if c := p.Calendar; c.Until != "" {
		fmt.Fprintf(a.stdout, "Holidays are known until %s.\n", c.Until)
	} else {
		fmt.Fprintln(a.stdout, "No holidays are known: deadlines are counted by weekends alone.")
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nKIND\tFORM\tAGE\tCARD\tLEVEL\tDAYS\tSTATIONS\tWORDS")
	for _, code := range kindCodes(p) {
		one, _ := p.For(code)
		k := one.As()
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", k.Code, cmp.Or(k.Form, "-"), ages(one), k.Card, one.Level, one.WorkingDays, strings.Join(k.Stations, " "), k.Words.VI)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if note != "" {
		fmt.Fprintln(a.stdout, note)
	}
	return nil
}

// ages is the range of full years that a kind is for.
func ages(p *rules.Pack) string {
	if under := p.As().UnderAge; under > 0 {
		return fmt.Sprintf("%d-%d", p.MinimumAge, under-1)
	}
	return fmt.Sprintf("%d+", p.MinimumAge)
}

// showKind prints what holds for one kind.
func showKind(out io.Writer, p *rules.Pack) error {
	k := p.As()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name string, value any) {
		if s := fmt.Sprint(value); s != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, s)
		}
	}
	line("pack", p.Version)
	line("kind", k.Code+": "+both(k.Words))
	line("dossier", cmp.Or(k.Dossier, "none is made"))
	line("form", k.Form)
	line("stations", strings.Join(k.Stations, ", "))
	line("steps", strings.Join(k.Steps, ", "))
	line("age", ages(p))
	line("card", k.Card+", an expired one: "+p.ExpiredCard)
	line("papers", strings.Join(k.Papers, ", "))
	line("reasons", codesOf(k.Reasons))
	if g := k.Guardian; g != nil {
		line("guardian", fmt.Sprintf("of %d or more: %s; shown by %s", g.MinimumAge, codesOf(g.Relations), strings.Join(g.Papers, ", ")))
	}
	if q := k.Request; q != nil {
		line("request", codesOf(q.Actions))
	}
	if k.Takes("fingers") {
		line("fingers", fmt.Sprintf("%d, %s, %d tries each, score %d", len(p.Fingers), p.FingerMode, p.FingerTries, p.FingerQuality))
	}
	if k.Takes("documents") {
		types := make([]string, 0, len(p.Documents))
		for _, d := range p.Documents {
			types = append(types, d.Type)
		}
		line("documents", strings.Join(types, ", "))
	}
	line("result", fmt.Sprintf("within %d working days", p.WorkingDays))
	for _, r := range k.Refuse {
		line("refused", fmt.Sprintf("under %d: %s → %s", r.UnderAge, both(r.Words), both(r.Next)))
	}
	return w.Flush()
}

func both(w verdict.Words) string { return w.VI + " / " + w.EN }

func codesOf(list []rules.ExceptionRule) string {
	codes := make([]string, 0, len(list))
	for _, x := range list {
		codes = append(codes, x.Code)
	}
	return strings.Join(codes, ", ")
}
