package main

import (
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/qr"
)

func newQRCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "qr", Short: "Read the QR code of the card"}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "decode IMAGE...",
			Short: "Find and decode the QR codes in images",
			Long: "Decode prints one JSON line an image, in order: file, codes (text, corners, version,\n" +
				"level of error correction, mirrored, inverted, eci of the character set or -1, and\n" +
				"bytes in base64 where they are not UTF-8) and ms; or file, error and, where codes were\n" +
				"seen and not read, seen (corners, module in pixels, cause). Images are PNG or JPEG.",
			Args: cobra.MinimumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return runQRDecode(a, args) },
		},
		newQRParseCommand(a),
		newQRScanCommand(a),
	)
	return cmd
}

// qrCode is a code as decode and scan print it.
type qrCode struct {
	Text     string    `json:"text"`
	Corners  [4][2]int `json:"corners"`
	Version  int       `json:"version"`
	Level    string    `json:"level"`
	Mirrored bool      `json:"mirrored"`
	Inverted bool      `json:"inverted"`
	ECI      int       `json:"eci"`             // -1 where the code names none
	Bytes    []byte    `json:"bytes,omitempty"` // only where they are not UTF-8
}

// qrSeen is what looks like a code and was not read, as decode prints it.
type qrSeen struct {
	Corners [4][2]int `json:"corners"`
	Module  float64   `json:"module"` // pixels
	Cause   qr.Cause  `json:"cause"`
}

// qrLine is the line of an image: codes and ms, or error and perhaps seen.
type qrLine struct {
	File  string   `json:"file"`
	Codes []qrCode `json:"codes,omitempty"`
	MS    float64  `json:"ms,omitempty"`
	Error string   `json:"error,omitempty"`
	Seen  []qrSeen `json:"seen,omitempty"`
}

func runQRDecode(a *app, files []string) error {
	failed := false
	for _, file := range files {
		line := decodeFile(file)
		failed = failed || line.Error != ""
		if err := a.printJSON(line); err != nil {
			return err
		}
	}
	if failed {
		return coded(exitInvalid, errShown)
	}
	return nil
}

func decodeFile(file string) qrLine {
	begin := time.Now()
	img, err := openImage(file)
	if err != nil {
		return qrLine{File: file, Error: err.Error()}
	}
	codes, err := qr.Decode(img)
	if err != nil {
		line := qrLine{File: file, Error: err.Error()}
		var unread *qr.UnreadError
		if errors.As(err, &unread) {
			for _, s := range unread.Seen {
				line.Seen = append(line.Seen, qrSeen{pairs(s.Corners), math.Round(100*s.Module) / 100, s.Cause})
			}
		}
		return line
	}
	return qrLine{File: file, Codes: shown(codes), MS: milliseconds(begin)}
}

// shown is what is printed of the codes.
func shown(codes []qr.Code) []qrCode {
	out := make([]qrCode, len(codes))
	for i, c := range codes {
		out[i] = qrCode{
			Text: c.Text, Corners: pairs(c.Corners), Version: c.Version, Level: string(rune(c.Level)),
			Mirrored: c.Mirrored, Inverted: c.Inverted, ECI: c.ECI,
		}
		if !utf8.Valid(c.Bytes) {
			out[i].Bytes = c.Bytes
		}
	}
	return out
}

func pairs(corners [4]image.Point) (out [4][2]int) {
	for i, p := range corners {
		out[i] = [2]int{p.X, p.Y}
	}
	return out
}

// openImage decodes an image file with its colours.
func openImage(file string) (image.Image, error) {
	f, err := os.Open(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, fmt.Errorf("cannot read the image: %w", err)
	}
	defer func() { _ = f.Close() }()
	return gray.Picture(f, gray.MaxPixels)
}
