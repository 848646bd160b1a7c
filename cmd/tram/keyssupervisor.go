package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
)

// supervisorFile is the public half of the supervisor's key, in the data folder.
const supervisorFile = "supervisor.recipient"

// maxRecipient bounds its file in bytes: a hybrid recipient is about 2 KiB.
const maxRecipient = 16 << 10

// Refusals of `tram keys supervisor`.
var (
	errOtherSupervisor = errors.New("this station has another supervisor's key: release what `tram queue ls --held` lists, then remove the file and run this again")
	errIdentityHere    = errors.New("the supervisor's identity may not lie in the station's data folder: name a file on a stick or another medium that the supervisor keeps")
)

func newKeysSupervisorCommand(a *app, o *keyOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "supervisor FILE",
		Short: "Make the key of the supervisor who reviews dossiers, and tell the station its public half",
		Long: "Supervisor writes a new age identity to FILE, which belongs to the supervisor and not\n" +
			"to the station: say to a stick. Where FILE holds an identity already, that one is\n" +
			"taken, so that one supervisor can look after several stations. The public half goes\n" +
			"to " + supervisorFile + " in the data folder; from the next start of `tram run` dossiers\n" +
			"that the rules hold back are sealed to it as well (station.review of the rule pack),\n" +
			"and `tram queue review --identity FILE` opens them. Nothing is ever overwritten.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return keysSupervisor(a, o.data, args[0]) },
	}
}

func keysSupervisor(a *app, data, file string) error {
	if inside, err := within(data, file); err != nil || inside {
		return coded(exitUsage, errors.Join(err, errIdentityHere))
	}
	here, err := loadSupervisor(data)
	if err != nil {
		return coded(exitQueue, err)
	}
	path := filepath.Join(data, supervisorFile)
	if here != nil && !exists(file) { // before a key is made for nothing
		return coded(exitUsage, fmt.Errorf("%s: %w", path, errOtherSupervisor))
	}
	identity, err := envelope.OpenIdentity(file)
	if err != nil {
		return coded(exitUsage, err)
	}
	to := identity.Recipient()
	if here != nil && here.ID() != to.ID() {
		return coded(exitUsage, fmt.Errorf("%s: %w", path, errOtherSupervisor))
	}
	if here == nil {
		if err := os.MkdirAll(data, 0o700); err != nil {
			return coded(exitQueue, err)
		}
		if err := envelope.SaveFile(path, []byte(to.String()+"\n"), 0o600); err != nil {
			return coded(exitQueue, err)
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"key": to.ID(), "identity": file, "recipient": path})
	}
	fmt.Fprintf(a.stdout, "supervisor's key %s: identity in %s, public half in %s\n", to.ID(), file, path)
	fmt.Fprintln(a.stdout, "The station uses it from its next start. Take the identity away, and keep a copy: without it nobody reviews.")
	return nil
}

// within reports whether a file lies in a folder.
func within(dir, file string) (bool, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false, err
	}
	if file, err = filepath.Abs(file); err != nil {
		return false, err
	}
	rel, err := filepath.Rel(dir, file) // an error: on another drive, then
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)), nil
}

// loadSupervisor reads to whom held dossiers are sealed; nil: to nobody yet.
func loadSupervisor(data string) (*envelope.Recipient, error) {
	path := filepath.Join(data, supervisorFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRecipient {
		return nil, fmt.Errorf("%s is no recipient: %d bytes", path, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	to, err := envelope.ParseRecipient(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: remove it and run `tram keys supervisor FILE` with the supervisor's file", path, err)
	}
	return to, nil
}
