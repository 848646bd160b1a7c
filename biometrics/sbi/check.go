package sbi

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// maxLag is how far the scanner's clock may be off the station's.
const maxLag = 5 * time.Minute

// print verifies one finger of the answer and decodes its image. It returns the
// ISO record, too, of which the chain of hashes is made.
func (x *exchange) print(ctx context.Context, b *bioReply) (*biometrics.Print, []byte, error) {
	s := x.scanner
	check := checker{s.cfg.Roots, x.ended}
	var said bioClaims
	key, err := check.open(b.Data, &said)
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(key, s.device.key) {
		return nil, nil, untrusted("signed by another key than the opened scanner's")
	}
	if err := x.concerns(&said); err != nil {
		return nil, nil, err
	}
	id, err := check.identity(said.Digital)
	if err != nil {
		return nil, nil, err
	}
	if id != s.device.ID {
		return nil, nil, untrusted("the finger comes from another scanner than the opened one")
	}
	f := biometrics.Finger(slices.Index(subtypes[:], said.Subtype))
	if f > biometrics.LeftLittle { // no such name
		return nil, nil, badImage("the scanner returned another finger than asked for")
	}
	score, err := strconv.ParseFloat(strings.TrimSpace(string(said.Score)), 64)
	if err != nil || math.IsNaN(score) || score < 0 || score > 100 {
		return nil, nil, replyError("a quality score that is none")
	}
	record, err := decodeBase64(said.Value)
	if err != nil {
		return nil, nil, replyError("a biometric value that is not in base64url")
	}
	img, dpi, err := x.image(ctx, record, f)
	if err != nil {
		return nil, nil, err
	}
	return &biometrics.Print{
		Finger: f, Impression: x.req.Impression, Image: img, DPI: dpi, Device: s.Device(), Time: x.ended,
		Said: &biometrics.Said{Score: int(math.Round(score)), Algorithm: "SBI " + s.device.ID.Make + " " + s.device.ID.Model},
	}, record, nil
}

// concerns says whether signed claims are about this capture and not about
// another one: one that was recorded, or one for another purpose.
func (x *exchange) concerns(said *bioClaims) error {
	at, err := time.Parse(time.RFC3339, said.Time)
	switch {
	case said.Transaction != x.sent.Transaction:
		return untrusted("the finger was taken for another capture")
	case err != nil, at.Before(x.begun.Add(-maxLag)), at.After(x.ended.Add(maxLag)):
		return untrusted("the finger was taken at another time: check the clocks of station and scanner")
	case said.Code != x.scanner.device.Code:
		return untrusted("the finger comes from another scanner than the opened one")
	case said.Type != typeFinger, said.Purpose != purposeRegistration, said.Env != x.sent.Env:
		return untrusted("the finger was taken for another purpose")
	}
	return nil
}
