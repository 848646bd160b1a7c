package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/virtual"
	behind "github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/reader/chip"
)

const (
	// demoPhone is the demo citizen's: nobody's in the invented register.
	demoPhone = "0900999001"
	// demoCitizens are the other people of the invented register.
	demoCitizens = 40
)

// demoRegister is the register and the messenger behind the demo's gateway, a
// folder of invented people and of messages to them.
type demoRegister struct{ dir string }

// demoEntry is what the register holds of the demo's citizen, but for the face.
func demoEntry(c chip.Citizen) (e behind.Citizen, err error) {
	e.Number, e.Fields = c.Number, map[string]string{
		"name": c.Name, "birth": c.Birth.Format(time.DateOnly), "sex": c.Sex, "nationality": c.Nationality,
		"origin": c.Origin, "issue": c.Issue.Format(time.DateOnly), "expiry": c.Expiry.Format(time.DateOnly),
	}
	e.Fingers, err = demoMinutiae(biometrics.RightIndex, biometrics.LeftIndex)
	return e, err
}

// fill writes the register: invented people, some of whom have appointments
// today, and the citizen of the demo's card as the models see the face; models
// may be nil.
func (r demoRegister) fill(entry behind.Citizen, models *faceModels) (err error) {
	if err := behind.Invent(r.dir, demoCitizens, demoSeed, demoStation, time.Now()); err != nil {
		return err
	}
	accept := map[string]float64{}
	if models != nil && models.matcher != nil {
		if entry.Face, err = models.template(virtual.Portrait(demoSeed, demoWidth, demoHeight)); err != nil {
			return err
		}
		accept[models.matcher.Model()] = models.matcher.Bands().Accept
	}
	return behind.Add(r.dir, accept, entry)
}

// template is of the surest face of a picture.
func (m *faceModels) template(img image.Image) (*face.Template, error) {
	faces, err := m.finder.Find(img)
	if err != nil {
		return nil, err
	}
	if len(faces) == 0 {
		return nil, face.ErrNoFace
	}
	t, err := m.matcher.Template(img, faces[0])
	return &t, err
}

// demoMinutiae is a record of the drawn citizen's fingers, as a register holds
// them since the card was issued.
func demoMinutiae(fingers ...biometrics.Finger) ([]byte, error) {
	all := iso19794.MinutiaeRecord{Edition: iso19794.Edition2011}
	for _, f := range fingers {
		p := &biometrics.Print{Finger: f, Image: virtual.Ridges(demoSeed, f), DPI: finger.CardDPI, Time: time.Now()}
		stored, err := finger.Store(p, finger.StoreOptions{})
		if err != nil {
			return nil, err
		}
		one, err := iso19794.ParseMinutiae(stored.FMR)
		if err != nil {
			return nil, err
		}
		all.Views = append(all.Views, one.Views...)
	}
	return all.Marshal(iso19794.Edition2011)
}

// sixDigits is a code in the text of a message.
var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code waits for the message to the demo's phone, as the citizen does, and
// takes it.
func (r demoRegister) code(ctx context.Context) (string, error) {
	for {
		names, err := filepath.Glob(filepath.Join(r.dir, "messages", "*.json"))
		if err != nil {
			return "", err
		}
		slices.Sort(names)
		for _, name := range slices.Backward(names) { // the newest code is the one that counts
			raw, err := os.ReadFile(name)
			if err != nil {
				return "", err
			}
			var m behind.Message
			if err := json.Unmarshal(raw, &m); err != nil {
				return "", fmt.Errorf("the message %s: %w", filepath.Base(name), err)
			}
			if digits := sixDigits.FindString(m.Text); m.Phone == demoPhone && digits != "" {
				return digits, os.Remove(name)
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return "", errors.Join(errors.New("no message with a code came to the demo's phone"), ctx.Err())
		}
	}
}
