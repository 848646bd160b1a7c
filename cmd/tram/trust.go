package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// trustOptions are the flags of all trust commands.
type trustOptions struct{ data, dir string }

// folder is the trust folder: --dir, else the one that `tram run` uses.
func (o trustOptions) folder() string {
	if o.dir != "" {
		return o.dir
	}
	return filepath.Join(o.data, "trust")
}

// load reads the trust folder; one that is not there yet is empty.
func (o trustOptions) load() (*passive.Trust, error) {
	if !exists(o.folder()) {
		return &passive.Trust{}, nil
	}
	t, err := passive.LoadTrust(o.folder())
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	return t, nil
}

func newTrustCommand(a *app) *cobra.Command {
	var o trustOptions
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Look after the certificates that chips are verified with",
		Long: "Trust keeps the station's folder of country signing certificates (CSCA), master\n" +
			"lists and revocation lists. A station that runs reads it when it starts.",
	}
	cmd.PersistentFlags().StringVar(&o.data, "data", defaultData(), "folder of the station's keys, queue and journal")
	cmd.PersistentFlags().StringVar(&o.dir, "dir", "", "the trust folder (default: trust in the data folder)")
	cmd.AddCommand(
		newTrustImportCommand(a, &o),
		&cobra.Command{
			Use: "ls", Short: "List certificates, master lists and revocation lists", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return trustLs(a, o) },
		},
		newTrustVerifyCommand(a, &o),
	)
	return cmd
}

func trustLs(a *app, o trustOptions) error {
	t, err := o.load()
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{
			"dir": o.folder(), "certificates": listed(t.Certificates()), "master_lists": listed(t.MasterLists()),
			"revocation_lists": listed(t.RevocationLists()), "warnings": listed(warnings(t)),
		})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	printCertificates(w, t.Certificates())
	printLists(w, t)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d certificates, %d master lists, %d revocation lists in %s\n",
		len(t.Certificates()), len(t.MasterLists()), len(t.RevocationLists()), o.folder())
	for _, s := range warnings(t) {
		fmt.Fprintln(a.stderr, "left out:", s)
	}
	return nil
}

// listed makes an empty JSON list of nil.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func warnings(t *passive.Trust) []string {
	var list []string
	for _, w := range t.Warnings {
		list = append(list, w.String())
	}
	return list
}

func printCertificates(w *tabwriter.Writer, list []passive.Anchor) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "KIND\tCOUNTRY\tVALID\tSHA-256\tFILE\tSUBJECT")
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%s\t%s to %s\t%s\t%s\t%s\n", c.Kind, c.Country,
			c.NotBefore.Format(isoDate), c.NotAfter.Format(isoDate), c.SHA256, c.File, c.Subject)
	}
}

func printLists(w *tabwriter.Writer, t *passive.Trust) {
	for _, l := range t.MasterLists() {
		fmt.Fprintf(w, "master list\t%s\t%s, %d certificates\t%s\t%s\t%s\n", l.Country,
			day(l.Signed), l.Certificates, l.SHA256, l.File, l.Signer)
	}
	for _, l := range t.RevocationLists() {
		fmt.Fprintf(w, "revocation list\t%s\t%s, next %s, %d revoked\t%s\t%s\t%s\n", l.Country,
			day(l.ThisUpdate), day(l.NextUpdate), l.Revoked, l.SHA256, l.File, l.Issuer)
	}
}

// day writes a date, or that there is none.
func day(t time.Time) string {
	if t.IsZero() {
		return "undated"
	}
	return t.Format(isoDate)
}

func newTrustVerifyCommand(a *app, o *trustOptions) *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check every signature, link and list of the trust folder, and their age",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return trustVerify(a, *o, strict) },
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 6 also where something is inconclusive")
	return cmd
}

func trustVerify(a *app, o trustOptions, strict bool) error {
	t, err := o.load()
	if err != nil {
		return err
	}
	findings := trustFindings(t, nil)
	counts := map[verdict.Outcome]int{}
	checks := make([]verdict.Check, 0, len(findings))
	for _, f := range findings {
		counts[f.Outcome]++
		checks = append(checks, f.Check)
	}
	if a.json {
		err = a.printJSON(map[string]any{
			"dir": o.folder(), "certificates": len(t.Certificates()), "duplicates": t.Duplicates, "findings": worded(findings),
			"passed": counts[verdict.Passed], "failed": counts[verdict.Failed], "inconclusive": counts[verdict.Inconclusive],
		})
	} else {
		err = a.printFindings(findings)
		fmt.Fprintf(a.stdout, "%d certificates (%d more came twice) in %s: %d checks passed, %d failed, %d inconclusive\n",
			len(t.Certificates()), t.Duplicates, o.folder(), counts[verdict.Passed], counts[verdict.Failed], counts[verdict.Inconclusive])
	}
	return errors.Join(err, verdictError(checks, strict))
}

// trustFindings audits a folder; a file that could not be read has failed.
func trustFindings(t, known *passive.Trust) []passive.Finding {
	findings := t.Audit(known, time.Now())
	for _, w := range t.Warnings {
		findings = append(findings, passive.Finding{File: w.File, Check: verdict.Check{
			Name: "readable", Outcome: verdict.Failed,
			Reason: verdict.Words{VI: "Không đọc được: " + w.Err.Error(), EN: "cannot be read: " + w.Err.Error()},
			Next:   verdict.Words{VI: "Bỏ tệp này khỏi thư mục tin cậy.", EN: "Take the file out of the trust folder."},
		}})
	}
	return findings
}

// trustFinding is a finding as JSON has it, worded like a check of `tram card
// read`.
type trustFinding struct {
	File    string `json:"file"`
	Subject string `json:"subject"`
	SHA256  string `json:"sha256"`
	cardCheck
}

func worded(findings []passive.Finding) []trustFinding {
	list := make([]trustFinding, 0, len(findings))
	for _, f := range findings {
		list = append(list, trustFinding{f.File, f.Subject, f.SHA256,
			cardCheck{f.Name, f.Outcome, f.Reason.EN, f.Reason.VI, f.Next.EN}})
	}
	return list
}

// printFindings shows what did not pass.
func (a *app) printFindings(findings []passive.Finding) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		if f.Outcome == verdict.Passed {
			continue
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\n", outcomeMarks[f.Outcome], f.File, f.Name, f.Subject, f.Reason.EN)
		if f.Next.EN != "" {
			fmt.Fprintf(w, "\t\t\t→ %s\n", f.Next.EN)
		}
	}
	return w.Flush()
}
