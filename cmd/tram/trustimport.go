package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// importOptions are the flags of `tram trust import`.
type importOptions struct {
	*trustOptions
	yes    bool
	expect []string
}

func newTrustImportCommand(a *app, o *trustOptions) *cobra.Command {
	io := importOptions{trustOptions: o}
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Add certificates, master lists and revocation lists",
		Long: "Import shows what the files hold and who signed it, and adds them once a person\n" +
			"has agreed: at the terminal, with --yes, or by --expect, which names the SHA-256\n" +
			"that the publisher tells by another channel. It takes DER, PEM, master lists (CMS),\n" +
			"revocation lists and LDIF. A file with a wrong signature is never added.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return trustImport(a, io, args) },
	}
	cmd.Flags().BoolVar(&io.yes, "yes", false, "add without asking: the SHA-256 were compared")
	cmd.Flags().StringArrayVar(&io.expect, "expect", nil, "SHA-256 of a file or certificate that is to be added, in hexadecimal; repeatable")
	return cmd
}

// importFile is one file that is to be added.
type importFile struct {
	Path   string `json:"file"`
	SHA256 string `json:"sha256"`
	Stored string `json:"stored,omitempty"` // its name in the trust folder
	Known  bool   `json:"known"`            // the folder has it already

	bytes []byte
	trust *passive.Trust
}

func trustImport(a *app, o importOptions, args []string) error {
	known, err := o.load()
	if err != nil {
		return err
	}
	files, all, err := o.read(args)
	if err != nil {
		return err
	}
	findings := trustFindings(all, known)
	added := fresh(all, known)
	if !a.json {
		if err := a.showImport(all, added, findings); err != nil {
			return err
		}
	}
	err = failedFinding(findings)
	if err == nil {
		err = o.agreed(a, files)
	}
	if err == nil {
		err = o.store(files)
	}
	if !a.json {
		if err == nil {
			fmt.Fprintf(a.stdout, "Added to %s. A station that runs reads it at its next start.\n", o.folder())
		}
		return err
	}
	return errors.Join(err, a.printJSON(map[string]any{
		"dir": o.folder(), "files": files, "added": err == nil, "certificates": listed(added),
		"master_lists": listed(all.MasterLists()), "revocation_lists": listed(all.RevocationLists()), "findings": worded(findings),
	}))
}

// read parses the files, each by itself and all together.
func (o importOptions) read(args []string) ([]*importFile, *passive.Trust, error) {
	all := &passive.Trust{}
	var files []*importFile
	for _, path := range args {
		b, err := readTrustFile(path)
		if err != nil {
			return nil, nil, coded(exitUsage, err)
		}
		f := &importFile{Path: path, SHA256: digest(b), bytes: b}
		if f.trust, err = passive.ParseTrust(filepath.Base(path), b); err == nil {
			err = all.Add(filepath.Base(path), b)
		}
		if err != nil {
			return nil, nil, coded(exitInvalid, fmt.Errorf("%s: %w", path, err))
		}
		f.Stored = storedName(f)
		f.Known = exists(filepath.Join(o.folder(), f.Stored))
		files = append(files, f)
	}
	return files, all, nil
}

// readTrustFile reads no more than what is parsed, whatever the path names.
func readTrustFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, passive.MaxTrustFile+1))
	return b, errors.Join(err, f.Close())
}

// storedName is the file's own name with its digest and the ending of what it
// holds: the same file is stored once, and two of one name stay apart.
func storedName(f *importFile) string {
	stem := strings.TrimSuffix(filepath.Base(f.Path), filepath.Ext(f.Path))
	ending := ".cer"
	switch {
	case bytes.Contains(f.bytes, []byte("-----BEGIN")):
		ending = ".pem"
	case f.bytes[0] != 0x30:
		ending = ".ldif"
	case len(f.trust.MasterLists()) > 0:
		ending = ".ml"
	case len(f.trust.RevocationLists()) > 0:
		ending = ".crl"
	}
	return stem + "-" + f.SHA256[:8] + ending
}

// fresh lists the certificates that known does not hold.
func fresh(all, known *passive.Trust) []passive.Anchor {
	have := map[string]bool{}
	for _, c := range known.Certificates() {
		have[c.SHA256] = true
	}
	return slices.DeleteFunc(all.Certificates(), func(c passive.Anchor) bool { return have[c.SHA256] })
}

// showImport tells a person what is about to be trusted.
func (a *app) showImport(all *passive.Trust, added []passive.Anchor, findings []passive.Finding) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	printCertificates(w, added)
	printLists(w, all)
	if err := w.Flush(); err != nil {
		return err
	}
	if n := len(all.Certificates()) - len(added); n > 0 {
		fmt.Fprintf(a.stdout, "%d certificates more are there already\n", n)
	}
	for _, f := range findings {
		if f.Name == passive.CheckMasterList {
			fmt.Fprintf(a.stdout, "%s %s: %s\n", outcomeMarks[f.Outcome], f.File, f.Reason.EN)
		}
	}
	return a.printFindings(slices.DeleteFunc(slices.Clone(findings), func(f passive.Finding) bool {
		return f.Name == passive.CheckMasterList && f.Outcome != verdict.Failed
	}))
}

// failedFinding is the error of the first finding that failed: such a file is
// not added, whoever agrees.
func failedFinding(findings []passive.Finding) error {
	for _, f := range findings {
		if f.Outcome == verdict.Failed {
			return coded(exitVerification, fmt.Errorf("nothing was added: %s: %s %s %s", f.File, f.Subject, f.Reason.EN, f.Next.EN))
		}
	}
	return nil
}

// agreed asks whoever runs the command: what is added here decides which chips
// pass.
func (o importOptions) agreed(a *app, files []*importFile) error {
	if err := o.expected(files); err != nil || o.yes || len(o.expect) > 0 {
		return err
	}
	if !slices.ContainsFunc(files, func(f *importFile) bool { return !f.Known }) {
		return nil // nothing new
	}
	if !a.json && interactive(a.stdin) {
		fmt.Fprintf(a.stdout, "Compare the SHA-256 with what the publisher says. Add to %s? [y/N] ", o.folder())
		line, err := bufio.NewReader(a.stdin).ReadString('\n')
		if err == nil && strings.EqualFold(strings.TrimSpace(line), "y") {
			return nil
		}
		return coded(exitUsage, errors.New("nothing was added"))
	}
	return coded(exitUsage, errors.New("nothing was added: compare the SHA-256 with what the publisher says, then repeat with --yes, or with --expect and that SHA-256"))
}

// expected holds each file against --expect: its own SHA-256 must be among
// those, or that of every certificate in it.
func (o importOptions) expected(files []*importFile) error {
	if len(o.expect) == 0 {
		return nil
	}
	var sums []string
	for _, s := range o.expect {
		s = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
		if len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" {
			return coded(exitUsage, fmt.Errorf("--expect wants a SHA-256 of 64 hexadecimal digits, not %q", s))
		}
		sums = append(sums, s)
	}
	for _, f := range files {
		certificates := f.trust.Certificates()
		all := len(certificates) > 0 && len(f.trust.RevocationLists()) == 0 &&
			!slices.ContainsFunc(certificates, func(c passive.Anchor) bool { return !slices.Contains(sums, c.SHA256) })
		if !all && !slices.Contains(sums, f.SHA256) {
			return coded(exitVerification, fmt.Errorf("nothing was added: %s has the SHA-256 %s, which --expect does not name", f.Path, f.SHA256))
		}
	}
	return nil
}

// store writes the files that the folder does not have yet.
func (o importOptions) store(files []*importFile) error {
	if err := os.MkdirAll(o.folder(), 0o755); err != nil {
		return coded(exitQueue, err)
	}
	for _, f := range files {
		if f.Known {
			continue
		}
		if err := envelope.SaveFile(filepath.Join(o.folder(), f.Stored), f.bytes, 0o644); err != nil {
			return coded(exitQueue, err)
		}
	}
	return nil
}

// interactive reports whether a person types into r.
func interactive(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
