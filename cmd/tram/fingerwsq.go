package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/offline/envelope"
)

// wsqOptions are the flags of `tram finger wsq`.
type wsqOptions struct {
	out     string
	bitrate float64
	dpi     int
}

func newFingerWSQCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "wsq", Short: "Pack and unpack prints as the FBI's WSQ"}
	var o wsqOptions
	encode := &cobra.Command{
		Use:   "encode IMAGE -o OUT.wsq",
		Short: "Pack a print as WSQ",
		Long: "Encode packs an image of a print (PNG, JPEG, JPEG 2000, WSQ), reads it back and says what\n" +
			"was lost: the peak signal-to-noise ratio in dB. An image below 256 pixels a side is\n" +
			"padded with its ground. With --json it prints one object: file, out, width, height, dpi\n" +
			"(0: not known), bytes, bitrate (aimed at, bits a pixel), psnr (not where nothing was\n" +
			"lost), ms. It exits with 7 when the file is no image.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runWSQEncode(cmd.Context(), a, args[0], o) },
	}
	f := encode.Flags()
	f.Float64Var(&o.bitrate, "bitrate", wsq.DefaultBitrate, "bits a pixel to aim at: 0.75 is about 15 to 1, 2.25 about 5 to 1")
	f.IntVar(&o.dpi, "dpi", 0, "true density in pixels an inch, written into the file (default: what the image's file says, else not known)")
	decode := &cobra.Command{
		Use:   "decode FILE.wsq -o OUT.png",
		Short: "Unpack a WSQ file to PNG",
		Long: "Decode unpacks a WSQ file to the same pixels as NIST's software. With --json it prints\n" +
			"one object: file, out, width, height, dpi and bitrate (as the file says them, else 0),\n" +
			"bytes, ms. It exits with 7 when the file is no WSQ image.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runWSQDecode(a, args[0], o) },
	}
	for _, c := range []*cobra.Command{encode, decode} {
		c.Flags().StringVarP(&o.out, "out", "o", "", "write to this file, readable by its owner alone")
		cmd.AddCommand(c)
	}
	return cmd
}

// wsqLine is a packed print as it is printed.
type wsqLine struct {
	File    string   `json:"file"`
	Out     string   `json:"out"`
	Width   int      `json:"width"`
	Height  int      `json:"height"`
	DPI     int      `json:"dpi"`
	Bytes   int      `json:"bytes"` // of the WSQ file
	Bitrate float64  `json:"bitrate"`
	PSNR    *float64 `json:"psnr,omitempty"` // dB
	MS      float64  `json:"ms"`             // of packing, or of unpacking
}

func runWSQEncode(ctx context.Context, a *app, file string, o wsqOptions) (err error) {
	if o.out == "" {
		return coded(exitUsage, errors.New("say where to write: -o OUT.wsq"))
	}
	if o.dpi < 0 {
		return coded(exitUsage, fmt.Errorf("%d dpi is no density", o.dpi))
	}
	if o.bitrate == 0 { // Encode would take it for not said
		return coded(exitUsage, wsq.ErrBitrate)
	}
	var p pictures
	defer func() { err = errors.Join(err, p.Close()) }()
	img, dpi, err := p.openPrint(ctx, file)
	if err != nil {
		return coded(exitInvalid, err)
	}
	if o.dpi == 0 {
		o.dpi = dpi
	}
	img = wsq.Pad(img)
	begun := time.Now()
	b, err := wsq.Encode(img, wsq.Options{Bitrate: o.bitrate, DPI: o.dpi})
	ms := time.Since(begun)
	if errors.Is(err, wsq.ErrBitrate) {
		return coded(exitUsage, err)
	}
	if err != nil {
		return coded(exitInvalid, err)
	}
	back, err := wsq.Decode(b)
	if err != nil {
		return fmt.Errorf("read back what was packed: %w", err)
	}
	if err := envelope.SaveFile(o.out, b, 0o600); err != nil {
		return err
	}
	line := newWSQLine(file, o.out, back, len(b), ms)
	if psnr := wsq.PSNR(img, back.Gray); !math.IsInf(psnr, 0) {
		psnr = math.Round(psnr*100) / 100
		line.PSNR = &psnr
	}
	return a.showWSQ(line)
}

func runWSQDecode(a *app, file string, o wsqOptions) error {
	if o.out == "" {
		return coded(exitUsage, errors.New("say where to write: -o OUT.png"))
	}
	b, err := readPicture(file)
	if err != nil {
		return coded(exitInvalid, err)
	}
	begun := time.Now()
	img, err := wsq.Decode(b)
	ms := time.Since(begun)
	if err != nil {
		return coded(exitInvalid, err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img.Gray); err != nil {
		return fmt.Errorf("write the print: %w", err)
	}
	if err := envelope.SaveFile(o.out, out.Bytes(), 0o600); err != nil {
		return err
	}
	return a.showWSQ(newWSQLine(file, o.out, img, len(b), ms))
}

func newWSQLine(file, out string, img *wsq.Image, size int, took time.Duration) *wsqLine {
	return &wsqLine{
		File: file, Out: out, Width: img.Gray.Rect.Dx(), Height: img.Gray.Rect.Dy(), DPI: img.DPI,
		Bytes: size, Bitrate: img.Bitrate, MS: float64(took.Microseconds()) / 1000,
	}
}

// showWSQ prints what was packed or unpacked.
func (a *app) showWSQ(l *wsqLine) error {
	if a.json {
		return a.printJSON(l)
	}
	density := "density not known"
	if l.DPI > 0 {
		density = fmt.Sprintf("%d dpi", l.DPI)
	}
	fmt.Fprintf(a.stdout, "%s: %d×%d, %s, %d bytes, %.1f to 1, %.1f ms\n", l.Out, l.Width, l.Height, density,
		l.Bytes, float64(l.Width*l.Height)/float64(l.Bytes), l.MS)
	if l.PSNR != nil {
		fmt.Fprintf(a.stdout, "  %.2f dB of the image\n", *l.PSNR)
	}
	return nil
}
