package main

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // formats of an image file
	_ "image/png"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/qr"
)

// maxImageFile is the size of an image file beyond which it is not read.
const maxImageFile = 64 << 20

func newQRCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "qr", Short: "Read the QR code of the card"}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "decode IMAGE...",
			Short: "Find and decode the QR codes in images",
			Long: "Decode prints one JSON line an image, in order: file, codes (text and corners)\n" +
				"and ms, or file and error. Images are PNG or JPEG.",
			Args: cobra.MinimumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return runQRDecode(a, args) },
		},
		&cobra.Command{
			Use:   "parse TEXT|-",
			Short: "Take the text of a card's QR code apart",
			Long: "Parse prints one JSON object: fields, warnings, and the keys that open the chip\n" +
				"in the order to try. With - it reads the text from standard input.",
			Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return runQRParse(a, args[0]) },
		},
		newQRScanCommand(a),
	)
	return cmd
}

// qrCode is a code as decode prints it.
type qrCode struct {
	Text    string    `json:"text"`
	Corners [4][2]int `json:"corners"`
}

func runQRDecode(a *app, files []string) error {
	failed := false
	for _, file := range files {
		begin := time.Now()
		codes, err := decodeFile(file)
		var line any
		if err != nil {
			failed = true
			line = struct {
				File  string `json:"file"`
				Error string `json:"error"`
			}{file, err.Error()}
		} else {
			line = struct {
				File  string   `json:"file"`
				Codes []qrCode `json:"codes"`
				MS    float64  `json:"ms"`
			}{file, codes, float64(time.Since(begin).Microseconds()) / 1000}
		}
		if err := a.printJSON(line); err != nil {
			return err
		}
	}
	if failed {
		return coded(exitInvalid, errShown)
	}
	return nil
}

func decodeFile(file string) ([]qrCode, error) {
	img, err := openImage(file)
	if err != nil {
		return nil, err
	}
	codes, err := qr.Decode(img)
	if err != nil {
		return nil, err
	}
	return shown(codes), nil
}

// shown is what is printed of the codes.
func shown(codes []qr.Code) []qrCode {
	out := make([]qrCode, len(codes))
	for i, c := range codes {
		out[i].Text = c.Text
		for j, p := range c.Corners {
			out[i].Corners[j] = [2]int{p.X, p.Y}
		}
	}
	return out
}

// openImage decodes an image file, after a look at its dimensions.
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
	config, _, err := image.DecodeConfig(io.LimitReader(f, maxImageFile))
	if err != nil {
		return nil, fmt.Errorf("not a PNG or JPEG image: %w", err)
	}
	if err := gray.CheckSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("cannot read the image: %w", err)
	}
	img, _, err := image.Decode(io.LimitReader(f, maxImageFile))
	if err != nil {
		return nil, fmt.Errorf("the image is damaged: %w", err)
	}
	return img, nil
}

func runQRParse(a *app, text string) error {
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(a.stdin, 2*cccd.MaxPayload))
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		text = string(b)
	}
	card, err := cccd.ParseQR([]byte(text))
	if err != nil {
		return coded(exitInvalid, err)
	}
	warnings := card.Warnings
	if warnings == nil {
		warnings = []cccd.Warning{}
	}
	return a.printJSON(struct {
		Fields   *cccd.Card     `json:"fields"`
		Warnings []cccd.Warning `json:"warnings"`
		Keys     cccd.Keys      `json:"keys"`
	}{card, warnings, card.Keys()})
}
