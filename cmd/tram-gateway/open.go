package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

func newOpenCommand(dir *string) *cobra.Command {
	var identity, out string
	cmd := &cobra.Command{
		Use:   "open ID",
		Short: "Decrypt one stored dossier; the gateway must be stopped",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := uuid.Parse(args[0])
			if err != nil {
				return fmt.Errorf("%q is no dossier ID: %w", args[0], err)
			}
			if identity == "" {
				identity = filepath.Join(*dir, "central.age")
			}
			return openDossier(cmd.Context(), cmd.OutOrStdout(), *dir, identity, out, id)
		},
	}
	cmd.Flags().StringVar(&identity, "identity", "", "the central's age identity (default: central.age in the folder)")
	cmd.Flags().StringVar(&out, "out", "", "new folder to write the sections to (default: only list them)")
	return cmd
}

// opened is what open prints of a dossier.
type opened struct {
	ID       uuid.UUID       `json:"id"`
	Kind     string          `json:"kind"`
	Station  string          `json:"station"`
	Officer  string          `json:"officer"`
	Virtual  bool            `json:"virtual"`
	Sections []openedSection `json:"sections"`
}

type openedSection struct {
	Name      string          `json:"name"`
	MediaType string          `json:"media_type"`
	Bytes     int             `json:"bytes"`
	SHA256    envelope.Digest `json:"sha256"`
}

func openDossier(ctx context.Context, stdout io.Writer, dir, identityPath, out string, id uuid.UUID) (err error) {
	identity, err := envelope.LoadIdentity(identityPath)
	if err != nil {
		return err
	}
	receipt, err := envelope.LoadKey(filepath.Join(dir, "receipt.key"))
	if err != nil {
		return err
	}
	g, err := store.NewGateway(ctx, dir, gateway.Config{Key: receipt, Stations: stationDir(dir)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	sealed, station, err := g.Dossier(ctx, id)
	if err != nil {
		return err
	}
	_, parts, err := envelope.Open(identity, station.Key, sealed)
	if err != nil {
		return err
	}
	d, err := dossier.FromParts(parts)
	if err != nil {
		return err
	}
	list := opened{ID: d.ID, Kind: d.Kind, Station: d.Station, Officer: d.Officer, Virtual: d.Virtual}
	for _, s := range d.Sections {
		list.Sections = append(list.Sections, openedSection{s.Name, s.MediaType, len(s.Bytes), envelope.Sum(s.Bytes)})
	}
	if out != "" {
		if err := writeSections(out, d); err != nil {
			return err
		}
	}
	return json.NewEncoder(stdout).Encode(list)
}

// plainName is what may be a file's name as it is: a station that went wrong
// must not choose where the central writes.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func writeSections(out string, d *dossier.Dossier) error {
	if err := os.Mkdir(out, 0o700); err != nil {
		return err
	}
	for i, s := range d.Sections {
		name := s.Name
		if !plainName.MatchString(name) {
			name = fmt.Sprintf("section-%d", i+1)
		}
		f, err := os.OpenFile(filepath.Join(out, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(s.Bytes)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
