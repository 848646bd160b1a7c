package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics/face/net"
	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/biometrics/face/pack"
)

// modelsOptions are the flags of the models commands.
type modelsOptions struct {
	data, named, signer string
	untried             bool
}

func newModelsCommand(a *app) *cobra.Command {
	var o modelsOptions
	cmd := &cobra.Command{
		Use:   "models",
		Short: "Look after the model packs that find and compare faces",
		Long: "A model pack is a folder with a manifest.json, the models it names and their\n" +
			"licences. An authority installs its own beside those that came with the program.\n" +
			"Where the folder signers in the data folder holds public keys (*.pem), only packs\n" +
			"that one of them signed are installed and used.",
	}
	cmd.PersistentFlags().StringVar(&o.data, "data", defaultData(), "folder of the station's keys, queue and journal")
	ls := &cobra.Command{
		Use: "ls", Short: "List the packs and say which one the station uses", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return modelsLs(a, o) },
	}
	ls.Flags().StringVar(&o.named, "models", "", "the pack that `tram run` is given with --models")
	install := &cobra.Command{
		Use:   "install PACK",
		Short: "Verify a pack, a folder, .tar.gz or .zip, try its models and install it",
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return modelsInstall(a, o, args[0]) },
	}
	install.Flags().BoolVar(&o.untried, "untried", false, "install without running the models, say for another machine")
	verify := &cobra.Command{
		Use:   "verify [PACK]",
		Short: "Check manifest, checksums and signature of a pack, or of all",
		Long: "Verify checks a pack by its name or name@version, a folder, a .tar.gz or a .zip;\n" +
			"without one it checks all that are installed or came with the program. It exits\n" +
			"with 6 when a check fails, and with 7 when there is no pack.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return modelsVerify(a, o, strings.Join(args, "")) },
	}
	for _, c := range []*cobra.Command{install, verify} {
		c.Flags().StringVar(&o.signer, "signer", "", "`FILE` with the public key (PEM, Ed25519) that must have signed the pack")
	}
	cmd.AddCommand(ls, install, verify, newModelsAssembleCommand(a))
	return cmd
}

// packError gives the errors of packs their exit codes.
func packError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pack.ErrChecksum), errors.Is(err, pack.ErrUnsigned), errors.Is(err, pack.ErrSignature):
		return coded(exitVerification, err)
	case errors.Is(err, pack.ErrSigner), errors.Is(err, fs.ErrNotExist):
		return coded(exitUsage, err)
	case errors.Is(err, pack.ErrNoPack), errors.Is(err, pack.ErrManifest), errors.Is(err, pack.ErrArchive),
		errors.Is(err, pack.ErrTooLarge), errors.Is(err, pack.ErrNoRole), errors.Is(err, net.ErrKind), errors.Is(err, onnx.ErrModel):
		return coded(exitInvalid, err)
	case errors.As(err, new(*fs.PathError)), errors.As(err, new(*os.LinkError)):
		return coded(exitQueue, err)
	}
	return err
}

// candidates are the packs of the station, for those who signed them as --signer
// says.
func (o modelsOptions) candidates() (pack.Candidates, error) {
	c, err := packCandidates(o.data)
	if err != nil || o.signer == "" {
		return c, packError(err)
	}
	key, err := pack.ReadSigner(o.signer)
	if err != nil {
		return c, packError(err)
	}
	trusted := len(c.Signers) == 0
	for _, s := range c.Signers {
		trusted = trusted || s.Equal(key)
	}
	if !trusted {
		return c, coded(exitVerification, fmt.Errorf("%s is none of the station's signers: an administrator adds it to %s", o.signer, filepath.Join(o.data, "signers")))
	}
	c.Signers = []ed25519.PublicKey{key}
	return c, nil
}

func modelsLs(a *app, o modelsOptions) error {
	c, err := o.candidates()
	if err != nil {
		return err
	}
	c.Named = o.named
	choice, err := pack.Choose(c)
	if o.named != "" && err != nil {
		return packError(err)
	}
	lines := packLines(c.List(), choice)
	if a.json {
		out := map[string]any{"dir": c.Installed, "signers": len(c.Signers), "packs": lines, "use": nil}
		if choice.Pack != nil {
			m := choice.Pack.Manifest()
			out["use"] = map[string]string{"name": m.Name, "version": m.Version, "dir": choice.Pack.Dir(), "why": choice.Why}
		}
		return a.printJSON(out)
	}
	if err := a.printPacks(lines); err != nil {
		return err
	}
	if choice.Pack == nil {
		fmt.Fprintf(a.stdout, "The station uses none: %v.\nFaces are found by pigo and compared with nothing. Run `make assets`, or install a pack.\n", err)
		return nil
	}
	fmt.Fprintf(a.stdout, "The station uses %s: %s.\n", choice.Pack, choice.Why)
	return nil
}

func modelsInstall(a *app, o modelsOptions, src string) error {
	c, err := o.candidates()
	if err != nil {
		return err
	}
	opt := pack.Options{Signers: c.Signers}
	if !o.untried {
		opt.Try = tryPack
	}
	p, err := pack.Install(src, c.Installed, opt)
	if err != nil {
		return packError(err)
	}
	choice, err := pack.Choose(c)
	if err != nil {
		return packError(err)
	}
	used := choice.Pack.Dir() == p.Dir()
	if a.json {
		return a.printJSON(map[string]any{"installed": packLines([]pack.Found{{Dir: p.Dir(), Pack: p}}, choice)[0], "used": used})
	}
	fmt.Fprintf(a.stdout, "Installed %s in %s.\n", p, p.Dir())
	if used {
		fmt.Fprintln(a.stdout, "The station uses it from its next start, unless `tram run --models` names another.")
	} else {
		fmt.Fprintf(a.stdout, "The station goes on with %s: %s. To use this one: tram run --models %s\n", choice.Pack, choice.Why, p.Manifest().ID())
	}
	return nil
}

func modelsVerify(a *app, o modelsOptions, what string) error {
	c, err := o.candidates()
	if err != nil {
		return err
	}
	var found []pack.Found
	switch {
	case what == "":
		found = c.List()
		if len(found) == 0 {
			return packError(fmt.Errorf("%w in %s, and none came with the program: run `make assets`", pack.ErrNoPack, c.Installed))
		}
	case isFile(what):
		found = []pack.Found{unpacked(what, c.Signers)}
	default:
		c.Named = what
		choice, err := pack.Choose(c)
		found = []pack.Found{{Dir: what, Err: err}}
		if err == nil {
			found = []pack.Found{{Dir: choice.Pack.Dir(), Pack: choice.Pack}}
		}
	}
	return a.verified(found)
}

// verified prints what came of the checks; the first that failed is the error.
func (a *app) verified(found []pack.Found) error {
	lines := packLines(found, pack.Choice{})
	var err error
	if a.json {
		err = a.printJSON(map[string]any{"packs": lines})
	}
	for i, f := range found {
		if !a.json {
			fmt.Fprintln(a.stdout, lines[i].verdict())
		}
		switch {
		case f.Err == nil || err != nil:
		case errors.Is(f.Err, pack.ErrNoPack):
			err = packError(f.Err)
		default:
			err = coded(exitVerification, errors.New("not every check passed: use none of the packs that failed"))
		}
	}
	return err
}

// unpacked verifies an archive as an installation would, and leaves nothing.
func unpacked(archive string, signers []ed25519.PublicKey) pack.Found {
	found := pack.Found{Dir: archive}
	dir, err := os.MkdirTemp("", "tram-models-")
	if err == nil {
		found.Pack, err = pack.Install(archive, dir, pack.Options{Signers: signers})
		err = errors.Join(err, os.RemoveAll(dir))
	}
	found.Err = err
	return found
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// packLine is a pack as it is printed.
type packLine struct {
	Name    string      `json:"name,omitempty"`
	Version string      `json:"version,omitempty"`
	Dir     string      `json:"dir"`
	Licence string      `json:"licence,omitempty"`
	Note    string      `json:"note,omitempty"`
	State   string      `json:"state"` // "ok", "refused" or "broken"
	Error   string      `json:"error,omitempty"`
	Signed  bool        `json:"signed"` // it carries a signature
	Used    bool        `json:"used"`
	Models  []modelLine `json:"models"`
}

type modelLine struct {
	pack.Model
	Bytes int64 `json:"bytes"`
}

func packLines(found []pack.Found, choice pack.Choice) []packLine {
	lines := make([]packLine, 0, len(found))
	for _, f := range found {
		l := packLine{Dir: f.Dir, State: "ok", Models: []modelLine{}}
		if f.Err != nil {
			l.State, l.Error = "broken", f.Err.Error()
		}
		if f.Pack != nil {
			m := f.Pack.Manifest()
			l.Name, l.Version, l.Licence, l.Note, l.Signed = m.Name, m.Version, m.Licence, m.Note, f.Pack.Signed()
			l.Used = choice.Pack != nil && choice.Pack.Dir() == f.Dir
			if f.Err != nil {
				l.State = "refused"
			}
			for _, model := range m.Models {
				line := modelLine{Model: model}
				if info, err := os.Stat(filepath.Join(f.Pack.Dir(), filepath.FromSlash(model.File))); err == nil {
					line.Bytes = info.Size()
				}
				l.Models = append(l.Models, line)
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// verdict says in a line what came of the checks.
func (l packLine) verdict() string {
	if l.State != "ok" {
		return fmt.Sprintf("✗ %s: %s", l.Dir, l.Error)
	}
	signed := "not signed"
	if l.Signed {
		signed = "signed"
	}
	return fmt.Sprintf("✓ %s %s in %s: %d models, %s", l.Name, l.Version, l.Dir, len(l.Models), signed)
}

// printPacks prints a line a model, then what is wrong.
func (a *app) printPacks(lines []packLine) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PACK\tROLE\tMODEL\tVERSION\tKIND\tLICENCE\tSIZE\tSTATE")
	for _, l := range lines {
		state := l.State
		if l.Used {
			state = "in use"
		}
		for _, m := range l.Models {
			fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\t%s\t%s\t%.1f MB\t%s\n", l.Name, l.Version, m.Role, m.Name, m.Version, m.Kind, m.Licence, float64(m.Bytes)/1e6, state)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range lines {
		if l.Error != "" {
			fmt.Fprintf(a.stdout, "%s: %s\n", l.State, l.Error)
		}
	}
	return nil
}
