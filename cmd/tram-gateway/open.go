package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

func newOpenCommand(dir *string) *cobra.Command {
	var identity, out string
	var s storeFlags
	cmd := &cobra.Command{
		Use:   "open ID",
		Short: "Decrypt one stored dossier with the authority's key; also while the gateway runs",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := dossierID(args[0])
			if err != nil {
				return err
			}
			if identity == "" {
				identity = filepath.Join(*dir, "central.age")
			}
			return openDossier(cmd.Context(), cmd.OutOrStdout(), *dir, identity, out, s, id)
		},
	}
	cmd.Flags().StringVar(&identity, "identity", "", "the central's age identity (default: central.age in the folder)")
	cmd.Flags().StringVar(&out, "out", "", "new folder to write the sections to (default: only list them)")
	s.add(cmd.Flags())
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

func openDossier(ctx context.Context, stdout io.Writer, dir, identityPath, out string, s storeFlags, id uuid.UUID) error {
	identity, err := envelope.LoadIdentity(identityPath)
	if err != nil {
		return err
	}
	var parts []envelope.Part
	err = withBackOffice(ctx, dir, s, gateway.Config{}, func(b backOffice) error {
		var sealed gateway.SealedReply
		if err := b.call(ctx, http.MethodGet, "/sealed/"+id.String(), nil, &sealed); err != nil {
			return err
		}
		_, parts, err = envelope.Open(identity, sealed.Station.Key, &envelope.Sealed{ID: id, Manifest: sealed.Manifest, Chunks: b})
		return err
	})
	if err != nil {
		return err
	}
	d, err := dossier.FromParts(parts)
	if err != nil {
		return err
	}
	list := opened{ID: d.ID, Kind: d.Kind, Station: d.Station, Officer: d.Officer, Virtual: d.Virtual}
	for _, part := range d.Sections {
		list.Sections = append(list.Sections, openedSection{part.Name, part.MediaType, len(part.Bytes), envelope.Sum(part.Bytes)})
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
