package sbi

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tram-station/tram/biometrics"
)

// Words of the interface.
const (
	typeFinger          = "Finger"
	purposeRegistration = "Registration"
	envProduction       = "Production"

	kindSlap   = "Slap"
	kindSingle = "Single"

	statusReady         = "Ready"
	statusBusy          = "Busy"
	statusNotReady      = "Not Ready"
	statusNotRegistered = "Not Registered"

	specVersion = "0.9.5"
)

// Modules of a slap scanner (deviceSubId).
const (
	moduleAny    = 0
	moduleLeft   = 1
	moduleRight  = 2
	moduleThumbs = 3
)

// maxName bounds the words of a digital ID, which are shown and stored, runes.
const maxName = 64

// device is a scanner as it signed that it is.
type device struct {
	infoClaims
	ID  digitalID
	key []byte // of the scanner, as encoded in its certificate
}

// parseID reads a digital ID. Its words have to be fit to be shown.
func parseID(b []byte) (digitalID, error) {
	var id digitalID
	if json.Unmarshal(b, &id) != nil {
		return digitalID{}, replyError("a digital ID that is no JSON")
	}
	for _, s := range []string{id.Serial, id.Make, id.Model} {
		plain := func(r rune) bool { return unicode.IsPrint(r) && r != utf8.RuneError }
		if strings.TrimSpace(s) == "" || utf8.RuneCountInString(s) > maxName || strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) >= 0 {
			return digitalID{}, replyError("a digital ID without make, model and serial number")
		}
	}
	return id, nil
}

// info asks the service who the scanner with that serial number is.
func (r remote) info(ctx context.Context, serial string, c checker) (device, error) {
	b, err := r.call(ctx, verbInfo, "/info", nil, r.answer, maxList)
	if err != nil {
		return device{}, err
	}
	return parseInfo(b, serial, c)
}

// parseInfo finds the scanner in an answer to MOSIPDINFO.
func parseInfo(b []byte, serial string, c checker) (device, error) {
	items, err := list[infoItem](b)
	if err != nil {
		return device{}, err
	}
	for _, item := range items {
		if item.Info == "" {
			if err := item.Error.err(); err != nil {
				return device{}, err
			}
			continue
		}
		if !strings.Contains(item.Info, ".") { // not signed: not registered
			continue
		}
		if d, ok := item.peek(); !ok || d.ID.Serial != serial || d.ID.Type != typeFinger {
			continue // a camera, or another scanner
		}
		return c.device(item.Info)
	}
	return device{}, &Error{Code: codeNotRegistered}
}

// peek reads who an item is about and verifies nothing.
func (i *infoItem) peek() (d device, ok bool) {
	t, err := parseToken(i.Info)
	if err != nil || json.Unmarshal(t.payload, &d.infoClaims) != nil {
		return device{}, false
	}
	if t, err = parseToken(d.Digital); err != nil {
		return device{}, false
	}
	d.ID, err = parseID(t.payload)
	return d, err == nil
}

// device verifies a scanner's own account of itself.
func (c checker) device(info string) (d device, err error) {
	if d.key, err = c.open(info, &d.infoClaims); err != nil {
		return device{}, err
	}
	d.ID, err = c.identity(d.Digital)
	return d, err
}

// identity verifies a digital ID. It may be signed by another key than the rest:
// that of the scanner's secure chip.
func (c checker) identity(s string) (digitalID, error) {
	t, err := parseToken(s)
	if err != nil {
		return digitalID{}, err
	}
	if _, err := c.verify(t); err != nil {
		return digitalID{}, err
	}
	return parseID(t.payload)
}

// usable says why a scanner can not be used now.
func (d *device) usable(env string) error {
	if d.Status != statusReady {
		return refusal(d.Status)
	}
	if d.Purpose != purposeRegistration {
		return &Error{Code: codeNotRegistered}
	}
	if env != "" && d.Env != env {
		return untrusted("the scanner works for " + environment(d.Env) + ", not for " + environment(env))
	}
	return nil
}

// environments are those of the interface.
var environments = []string{"Staging", "Developer", "Pre-Production", envProduction}

// environment is a name fit to be shown.
func environment(s string) string {
	if slices.Contains(environments, s) {
		return s
	}
	return "an unknown environment"
}

// version is the version of the interface to speak.
func (d *device) version() string {
	if len(d.Versions) == 0 || slices.Contains(d.Versions, specVersion) {
		return specVersion
	}
	return d.Versions[0]
}

// module is the part of the scanner that takes a finger or a slap: a slap
// scanner's single fingers are taken on the part for their slap.
func (d *device) module(f biometrics.Finger) (id int, ok bool) {
	if d.ID.Kind == kindSingle {
		if len(d.Modules) > 0 && !slices.Contains(d.Modules, moduleAny) {
			return d.Modules[0], !f.Slap()
		}
		return moduleAny, !f.Slap()
	}
	switch slapOf(f) {
	case biometrics.LeftSlap:
		id = moduleLeft
	case biometrics.Thumbs:
		id = moduleThumbs
	default: // an unnamed finger goes where the right hand does
		id = moduleRight
	}
	return id, slices.Contains(d.Modules, id)
}

// slapOf is the slap that a finger belongs to; a slap itself.
func slapOf(f biometrics.Finger) biometrics.Finger {
	for _, slap := range []biometrics.Finger{biometrics.RightSlap, biometrics.LeftSlap, biometrics.Thumbs} {
		if f == slap || slices.Contains(slap.Fingers(), f) {
			return slap
		}
	}
	return biometrics.UnknownFinger
}
