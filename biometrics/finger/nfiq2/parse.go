package nfiq2

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	debugPrefix = "DEBUG" // of a line that is no CSV
	hashLabel   = "Model Hash: "
	speedPrefix = "NFIQ2v" // NFIQ2v2.3.0Speed: the version and the time taken
	speedSuffix = "Speed"
	noValue     = "NA"
	maxReason   = 200 // bytes of what the program says
)

// parse reads what the program printed for one picture: lines for debugging, a
// header and one row.
func parse(out []byte, wantHash string) (*Result, error) {
	table, hash := split(out)
	if hash != wantHash {
		return nil, fmt.Errorf("it loaded the model %.40q: %w", hash, ErrModel)
	}
	r := csv.NewReader(bytes.NewReader(table))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("no header: %w", ErrOutput)
	}
	row, err := r.Read() // as long as the header, or an error
	if err != nil {
		return nil, fmt.Errorf("no row: %w", ErrOutput)
	}
	if _, err := r.Read(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("more than one row: %w", ErrOutput)
	}
	score, reason := column(header, row, "QualityScore"), column(header, row, "OptionalError")
	if score == noValue {
		return nil, fmt.Errorf("%w: %.*s", ErrRefused, maxReason, strings.ToValidUTF8(reason, ""))
	}
	n, err := strconv.Atoi(score)
	if err != nil || n < 0 || n > 100 {
		return nil, fmt.Errorf("the score %.20q: %w", score, ErrOutput)
	}
	at := slices.IndexFunc(header, func(h string) bool {
		return strings.HasPrefix(h, speedPrefix) && strings.HasSuffix(h, speedSuffix)
	})
	if at < 0 {
		return nil, fmt.Errorf("no version: %w", ErrOutput)
	}
	version := strings.TrimSuffix(strings.TrimPrefix(header[at], speedPrefix), speedSuffix)
	ms, err := strconv.ParseFloat(row[at], 64)
	if !isVersion(version) || err != nil || !(ms >= 0) || math.IsInf(ms, 0) {
		return nil, fmt.Errorf("version %.20q, time %.20q: %w", version, row[at], ErrOutput)
	}
	return &Result{Score: n, Algorithm: "NFIQ " + version + "/" + hash, Published: hash == nistModel, MS: ms}, nil
}

// split takes the lines for debugging out and the model's hash from them.
func split(out []byte) (table []byte, hash string) {
	for line := range bytes.Lines(out) {
		if !bytes.HasPrefix(line, []byte(debugPrefix)) {
			table = append(table, line...)
			continue
		}
		if _, value, ok := bytes.Cut(line, []byte(hashLabel)); ok {
			hash = strings.ToLower(string(bytes.TrimSpace(value)))
		}
	}
	return table, hash
}

// column returns the value under a heading, "" without.
func column(header, row []string, name string) string {
	if i := slices.Index(header, name); i >= 0 {
		return row[i]
	}
	return ""
}

// isVersion says whether v is digits and points, as in 2.3.0.
func isVersion(v string) bool {
	return len(v) > 0 && len(v) < 16 && strings.Trim(v, "0123456789.") == ""
}

// pngAt encodes a picture and says its density: without the chunk pHYs the
// program would take it for 72 dots an inch.
func pngAt(img image.Image, dpi int) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("write the print for NFIQ 2: %w", err)
	}
	const header = 8 + 12 + 13 // signature, and the chunk IHDR that is always first
	perMetre := uint32(math.Round(float64(dpi) / 0.0254))
	chunk := []byte("pHYs")
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, 1) // the unit is the metre
	out := slices.Clone(b.Bytes()[:header])
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, b.Bytes()[header:]...), nil
}
