package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/jp2"
	"github.com/tram-station/tram/biometrics/virtual"
)

// portraitPeers are the rows of the decoder of JPEG 2000, ours first, and of
// other programs. They read the pictures in dir.
func portraitPeers(ctx context.Context, o portraitOptions, dir string, frames []*image.RGBA, notes io.Writer) ([]*benchStep, error) {
	var files []string
	for i, frame := range frames {
		path, err := savePicture(dir, fmt.Sprintf("frame%d.png", i), frame)
		if err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	rows, err := peerRows(ctx, "find", o.finders, files, notes)
	if err != nil {
		return nil, err
	}
	decoder, err := loadJPEG2000(ctx)
	chip := o.jp2
	if err == nil && chip == "" {
		if chip, err = chipPicture(ctx, dir); err != nil {
			closed(decoder)
		}
	}
	if err != nil {
		fmt.Fprintln(notes, "Without a figure of JPEG 2000:", err)
		return rows, nil
	}
	context.AfterFunc(ctx, func() { closed(decoder) })
	decode, err := decodeRow(ctx, decoder, chip)
	if err != nil {
		return nil, err
	}
	decoders, err := peerRows(ctx, "decode", o.decoders, []string{chip}, notes)
	return append(append(rows, decode), decoders...), err
}

// peerRows starts other programs.
func peerRows(ctx context.Context, does string, peers, files []string, notes io.Writer) ([]*benchStep, error) {
	var rows []*benchStep
	for _, p := range peers {
		name, command, ok := strings.Cut(p, "=")
		words := strings.Fields(command)
		if !ok || len(words) == 0 {
			return nil, coded(exitUsage, fmt.Errorf("%q: say NAME=COMMAND", p))
		}
		peer, err := startPeer(ctx, name, words, notes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		rows = append(rows, &benchStep{Group: "portrait", Figure: name, peers: does, peer: true,
			run: func(_ context.Context, round int) (time.Duration, time.Duration, error) {
				var answer struct {
					MS  float64 `json:"ms"`
					CPU float64 `json:"cpu_ms"`
				}
				err := peer.ask(files[round%len(files)], &answer)
				return time.Duration(answer.MS * float64(time.Millisecond)), time.Duration(answer.CPU * float64(time.Millisecond)), err
			}})
	}
	return rows, nil
}

// chipPicture makes a JPEG 2000 file like those of chips: a drawn face,
// 480×640, 20:1, irreversible.
func chipPicture(ctx context.Context, dir string) (string, error) {
	program, err := exec.LookPath("opj_compress")
	if err != nil {
		return "", errors.New("opj_compress is not installed: install libopenjp2-tools, or name a file with --jp2")
	}
	drawn := filepath.Join(dir, "chip.ppm")
	if err := savePPM(drawn, virtual.Portrait(demoSeed, face.Width, face.Height)); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "chip.jp2")
	if out, err := exec.CommandContext(ctx, program, "-i", drawn, "-o", path, "-I", "-r", "20").CombinedOutput(); err != nil {
		return "", fmt.Errorf("opj_compress: %w: %s", err, out)
	}
	return path, nil
}

// savePPM writes a picture as opj_compress takes it.
func savePPM(path string, img *image.RGBA) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "P6\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())
	for i := 0; i+4 <= len(img.Pix); i += 4 {
		_, _ = w.Write(img.Pix[i : i+3]) // Flush has the error
	}
	return errors.Join(w.Flush(), f.Close())
}

// decodeRow measures our decoder.
func decodeRow(ctx context.Context, d *jp2.Decoder, file string) (*benchStep, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	h, err := jp2.ReadHeader(b)
	if err != nil {
		return nil, coded(exitInvalid, fmt.Errorf("%s: %w", file, err))
	}
	return ours("portrait", fmt.Sprintf("JPEG 2000, %d×%d, in the sandbox", h.Width, h.Height), "decode", func(int) error {
		_, err := d.Decode(ctx, b)
		return err
	}), nil
}
