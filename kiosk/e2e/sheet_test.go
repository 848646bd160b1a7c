//go:build realparts

package e2e

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// sheet is a printed paper as a PDF reader sees it.
type sheet struct {
	text          string // in one line
	file          string
	pages         int
	width, height float64 // millimetres
	picture       string  // of the first page
}

// poppler runs one of its tools.
func poppler(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v %s (apt-get install poppler-utils)", args[0], err, said.Bytes())
	}
	return out.String()
}

func readSheet(t *testing.T, path string) sheet {
	t.Helper()
	const point = 25.4 / 72
	s := sheet{file: path, text: strings.Join(strings.Fields(poppler(t, "pdftotext", path, "-")), " ")}
	for line := range strings.Lines(poppler(t, "pdfinfo", path)) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		switch name {
		case "Pages":
			s.pages = must(strconv.Atoi(fields[0]))(t)
		case "Page size":
			s.width, s.height = must(strconv.ParseFloat(fields[0], 64))(t)*point, must(strconv.ParseFloat(fields[2], 64))(t)*point
		}
	}
	base := strings.TrimSuffix(path, ".pdf")
	poppler(t, "pdftoppm", "-r", "200", "-f", "1", "-l", "1", "-singlefile", "-png", path, base)
	s.picture = base + ".png"
	return s
}

// code decodes the QR code of the first page.
func (s sheet) code(t *testing.T) string {
	t.Helper()
	file := must(os.Open(s.picture))(t)
	defer file.Close()
	matrix := must(gozxing.NewBinaryBitmapFromImage(must(png.Decode(file))(t)))(t)
	result, err := qrcode.NewQRCodeReader().Decode(matrix, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("the code on the paper does not read: %v", err)
	}
	return result.GetText()
}

func (s sheet) says(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(s.text, w) {
			t.Errorf("the paper does not say %q:\n%s", w, s.text)
		}
	}
}

func (s sheet) never(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(s.text, w) {
			t.Errorf("the paper says %q:\n%s", w, s.text)
		}
	}
}

func (s sheet) is(t *testing.T, width, height float64) {
	t.Helper()
	if s.pages != 1 || s.width < width-0.6 || s.width > width+0.6 || height > 0 && (s.height < height-0.6 || s.height > height+0.6) {
		t.Errorf("%d pages of %.1f × %.1f mm, want 1 of %v × %v", s.pages, s.width, s.height, width, height)
	}
}
