package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/spf13/pflag"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/qr"
	"github.com/tram-station/tram/mrz/specimen"
)

// printFigures are those of single operations; the decoders' rates are
// measured on sets of pictures, see benchPrint.
func printFigures() []figure {
	return []figure{{"print", "decode the card's QR, 500 px", func(b *testing.B) {
		const side = 500
		text := "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội|20052021"
		m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, side, side,
			map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			codes, err := qr.Decode(m)
			if err != nil || codes[0].Text != text {
				b.Fatal("not decoded: ", err)
			}
		}
	}}, {"print", "take a TD1 zone apart", func(b *testing.B) {
		const zone = "IDVNM0909900018001090990001<<9\n9002144M3002142VNM<<<<<<<<<<<6\nNGUYEN<<VAN<THU<<<<<<<<<<<<<<<\n"
		for b.Loop() {
			z, err := mrz.Parse(zone)
			if err != nil || !z.Valid {
				b.Fatal("not parsed: ", err)
			}
		}
	}}}
}

// printOptions say on which pictures the decoders are measured and against
// whom.
type printOptions struct {
	sets      []string // folders with labels.jsonl; beside those drawn here
	frames    int      // of each kind of own set
	seed      uint64
	every     int      // take every n-th picture only
	peers     []string // NAME=COMMAND
	tesseract string   // its program; "" for none
	alone     bool     // without gozxing by itself
}

func (o *printOptions) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&o.sets, "set", nil, "print: measure on the pictures in `DIR` (labels.jsonl and pgm/) in place of drawn ones; may be repeated")
	f.IntVar(&o.frames, "frames", 64, "print: how many pictures to draw: with codes unless a set is given, half as many with zones likewise, half as many with nothing; 0 for none")
	f.Uint64Var(&o.seed, "seed", 1, "print: what the drawn pictures follow from")
	f.IntVar(&o.every, "every", 1, "print: take every `N`-th picture of the sets given")
	f.StringArrayVar(&o.peers, "peer", nil, "print: another decoder as `NAME=COMMAND`, which is given file names, a line each, and answers as deploy/print-peers.cc does; ratios refer to the first")
	f.StringVar(&o.tesseract, "tesseract", "", "print: read zones with this `PROGRAM` too")
	f.BoolVar(&o.alone, "only-own", false, "print: leave out gozxing by itself, which is slow")
}

// benchPrint measures the decoders on sets of pictures and prints a table a
// set. Every reader gets each picture in turn, so that whatever else the
// machine does falls on all; one thread, the picture in memory.
func benchPrint(ctx context.Context, a *app, o printOptions) error {
	if o.every < 1 || o.frames < 0 {
		return coded(exitUsage, errors.New("bench print: --every starts at 1, --frames at 0"))
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	drawn, err := drawSets(dir, o, a.stderr)
	if err != nil {
		return err
	}
	for _, dir := range o.sets {
		if err := benchSet(ctx, a, dir, o.every, o); err != nil {
			return fmt.Errorf("bench print: %w", err)
		}
	}
	for _, dir := range drawn {
		if err := benchSet(ctx, a, dir, 1, o); err != nil {
			return fmt.Errorf("bench print: %w", err)
		}
	}
	return nil
}

// drawSets draws the own sets below dir.
func drawSets(dir string, o printOptions, notes io.Writer) ([]string, error) {
	counts := map[specimen.Kind]int{specimen.Codes: o.frames, specimen.Empty: o.frames / 2, specimen.Zones: o.frames / 2}
	kinds := []specimen.Kind{specimen.Codes, specimen.Empty, specimen.Zones}
	if len(o.sets) > 0 {
		kinds = []specimen.Kind{specimen.Empty}
	}
	var sets []string
	for _, k := range kinds {
		if counts[k] == 0 {
			continue
		}
		set := filepath.Join(dir, string(k))
		err := specimen.WriteSet(set, k, o.seed, counts[k])
		if errors.Is(err, specimen.ErrNoFont) {
			fmt.Fprintln(notes, "No pictures of zones:", err)
			continue
		}
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// benchSet measures all readers on every n-th picture of one set.
func benchSet(ctx context.Context, a *app, dir string, every int, o printOptions) error {
	labels, err := specimen.ReadSet(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the peers
	readers, err := printReaders(ctx, o, labels, a.stderr)
	if err != nil {
		return err
	}
	tallies := make([]*printTally, len(readers))
	for i, r := range readers {
		tallies[i] = newPrintTally(filepath.Base(dir), r.name())
	}
	for n := 0; n < len(labels); n += every {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := printPicture{Label: labels[n], path: labels[n].Picture(dir)}
		if p.img, err = specimen.ReadPGM(p.path); err != nil {
			return err
		}
		for k := range readers {
			i := (k + n) % len(readers) // nobody is always the first to see a picture
			answer, err := readers[i].read(ctx, p)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", readers[i].name(), p.File, err)
			}
			tallies[i].add(p.Label, answer)
		}
	}
	return printTallies(a, tallies, baseline(readers))
}

// printReaders are those who read codes, or zones, or, where the pictures show
// neither, both. What there is to say of them goes to notes.
func printReaders(ctx context.Context, o printOptions, labels []specimen.Label, notes io.Writer) ([]printReader, error) {
	var readers []printReader
	if slices.ContainsFunc(labels, func(l specimen.Label) bool { return len(l.Lines) > 0 }) {
		readers = append(readers, zoneReader{})
		if o.tesseract != "" {
			r, err := newTesseract(ctx, o.tesseract, notes)
			if err != nil {
				return nil, err
			}
			readers = append(readers, r)
		}
		return readers, nil
	}
	readers = append(readers, stillReader{}, &frameReader{})
	if !o.alone {
		readers = append(readers, gozxingReader{}, gozxingReader{retries: true})
	}
	for _, p := range o.peers {
		name, command, ok := strings.Cut(p, "=")
		words := strings.Fields(command)
		if !ok || len(words) == 0 {
			return nil, coded(exitUsage, fmt.Errorf("--peer %s: say NAME=COMMAND", p))
		}
		peer, err := startPeer(ctx, name, words, notes)
		if err != nil {
			return nil, fmt.Errorf("--peer %s: %w", p, err)
		}
		readers = append(readers, peer)
	}
	if !slices.ContainsFunc(labels, func(l specimen.Label) bool { return !nothing(l) }) {
		readers = append(readers, zoneReader{})
	}
	return readers, nil
}

// baseline is the index of the reader that the others' times are compared
// with: the first peer; -1 where there is none.
func baseline(readers []printReader) int {
	for i, r := range readers {
		switch r.(type) {
		case *peerReader, tesseractReader:
			return i
		}
	}
	return -1
}
