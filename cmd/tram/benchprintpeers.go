package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/qr"
	"github.com/tram-station/tram/mrz/specimen"
)

// printPicture is one picture of a set.
type printPicture struct {
	specimen.Label
	path string
	img  *image.Gray
}

// printAnswer is what a reader made of a picture.
type printAnswer struct {
	codes []printCode
	took  time.Duration
}

// printCode is one code or zone that a reader believes in; a zone's lines are
// parted by line ends.
type printCode struct {
	text     string
	bytes    []byte
	doubtful bool // a zone that is shown but not believed
}

type printReader interface {
	name() string
	read(ctx context.Context, p printPicture) (printAnswer, error)
}

// stillReader is `tram qr decode`.
type stillReader struct{}

func (stillReader) name() string { return "tram, still picture" }

func (stillReader) read(_ context.Context, p printPicture) (printAnswer, error) {
	begin := time.Now()
	codes, err := qr.Decode(p.img)
	answer := printAnswer{took: time.Since(begin)}
	if err != nil && !errors.Is(err, qr.ErrNoCode) {
		return answer, err
	}
	answer.codes = printed(codes)
	return answer, nil
}

func printed(codes []qr.Code) []printCode {
	var out []printCode
	for _, c := range codes {
		out = append(out, printCode{text: c.Text, bytes: c.Bytes})
	}
	return out
}

// frameReader is the kiosk's camera: one frame and no other.
type frameReader struct{ scanner qr.Scanner }

func (*frameReader) name() string { return "tram, camera frame" }

func (r *frameReader) read(ctx context.Context, p printPicture) (printAnswer, error) {
	begin := time.Now()
	sight, err := r.scanner.Scan(ctx, p.img)
	return printAnswer{printed(sight.Codes), time.Since(begin)}, err
}

// gozxingReader is the library by itself, once or as patiently as its users
// make it: both binarisations, half and double size.
type gozxingReader struct{ retries bool }

func (r gozxingReader) name() string {
	if r.retries {
		return "gozxing, retries"
	}
	return "gozxing"
}

func (r gozxingReader) read(_ context.Context, p printPicture) (printAnswer, error) {
	begin := time.Now()
	code := r.decode(p.img)
	answer := printAnswer{took: time.Since(begin)}
	if code != nil {
		answer.codes = []printCode{*code}
	}
	return answer, nil
}

func (r gozxingReader) decode(img *image.Gray) *printCode {
	if !r.retries {
		return gozxingDecode(img, gozxing.NewHybridBinarizer, nil)
	}
	harder := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, size := range []func(*image.Gray) *image.Gray{func(g *image.Gray) *image.Gray { return g }, gray.Half, gray.Double} {
		view := size(img)
		for _, binarizer := range []func(gozxing.LuminanceSource) gozxing.Binarizer{gozxing.NewHybridBinarizer, gozxing.NewGlobalHistgramBinarizer} {
			if code := gozxingDecode(view, binarizer, harder); code != nil {
				return code
			}
		}
	}
	return nil
}

func gozxingDecode(img *image.Gray, binarizer func(gozxing.LuminanceSource) gozxing.Binarizer, hints map[gozxing.DecodeHintType]any) *printCode {
	bitmap, err := gozxing.NewBinaryBitmap(binarizer(gozxing.NewLuminanceSourceFromImage(img)))
	if err != nil {
		return nil
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return nil
	}
	return &printCode{text: result.GetText()}
}

// peerReader is another program that is given the pictures' names and answers
// each with a line; it keeps its own time.
type peerReader struct {
	label string
	in    io.Writer
	out   *bufio.Scanner
}

// startPeer starts the program; it ends with ctx. Its complaints go to notes
// where that is a file: to copy them would be to write there beside us.
func startPeer(ctx context.Context, name string, command []string, notes io.Writer) (*peerReader, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	if f, ok := notes.(*os.File); ok {
		cmd.Stderr = f
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = cmd.Wait() }() // what it has to say it says on out
	return &peerReader{name, in, bufio.NewScanner(out)}, nil
}

func (r *peerReader) name() string { return r.label }

// ask gives the program a file's name and reads its answer.
func (r *peerReader) ask(path string, answer any) error {
	if _, err := fmt.Fprintln(r.in, path); err != nil {
		return err
	}
	if !r.out.Scan() {
		return errors.Join(errors.New("it ended without an answer"), r.out.Err())
	}
	if err := json.Unmarshal(r.out.Bytes(), answer); err != nil {
		return fmt.Errorf("not an answer: %w", err)
	}
	return nil
}

func (r *peerReader) read(_ context.Context, p printPicture) (printAnswer, error) {
	var line struct {
		MS    float64 `json:"ms"`
		Codes []struct {
			Text  string `json:"text"`
			Bytes string `json:"bytes"`
		} `json:"codes"`
	}
	if err := r.ask(p.path, &line); err != nil {
		return printAnswer{}, err
	}
	answer := printAnswer{took: time.Duration(line.MS * float64(time.Millisecond))}
	for _, c := range line.Codes {
		text, err := hex.DecodeString(c.Text)
		raw, err2 := hex.DecodeString(c.Bytes)
		if err := errors.Join(err, err2); err != nil {
			return printAnswer{}, err
		}
		answer.codes = append(answer.codes, printCode{text: string(text), bytes: raw})
	}
	return answer, nil
}

// matches reports whether the code says what the label says.
func (c printCode) matches(l specimen.Label) bool {
	if nothing(l) {
		return false
	}
	if len(l.Lines) > 0 {
		return c.text == joined(l.Lines)
	}
	if want, err := hex.DecodeString(l.Hex); err == nil && l.Hex != "" && bytes.Equal(c.bytes, want) {
		return true
	}
	return c.text == l.Text || string(c.bytes) == l.Text
}
