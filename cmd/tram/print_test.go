package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// An invented person, as QR code and as machine-readable zone.
const (
	thuQR  = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Phố Mẫu, Hà Nội|20052021"
	thuMRZ = "IDVNM0909900018001090990001<<9\n9002144M3002142VNM<<<<<<<<<<<6\nNGUYEN<<VAN<THU<<<<<<<<<<<<<<<\n"
)

// tram runs one command line in this process.
func tram(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func parsed(t *testing.T, line string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return v
}

func TestQRParse(t *testing.T) {
	for _, args := range [][]string{{"qr", "parse", thuQR}, {"qr", "parse", "-"}} {
		code, out, stderr := tram(thuQR+"\r\n", args...)
		if code != exitGood || stderr != "" {
			t.Fatal(code, stderr)
		}
		v := parsed(t, out)
		fields := v["fields"].(map[string]any)
		if fields["number"] != "001090990001" || fields["birth"] != "1990-02-14" || fields["name"] != "Nguyễn Văn Thử" {
			t.Error(fields)
		}
		if w := v["warnings"].([]any); len(w) != 0 || v["verdict"] != "ok" {
			t.Error(v)
		}
		keys := v["keys"].(map[string]any)
		first := map[string]any{"document": "090990001", "birth": "900214", "expiry": "300214"}
		if keys["can"] != "990001" || !reflect.DeepEqual(keys["mrz"].([]any)[0], first) {
			t.Error(keys)
		}
	}
	code, out, stderr := tram("", "qr", "parse", "https://example.org/")
	if code != exitInvalid || out != "" || !strings.Contains(stderr, "scan the one on the card") {
		t.Error(code, out, stderr)
	}
	code, out, stderr = tram("", "qr", "parse", "--json", strings.ReplaceAll(thuQR, "|", "~"))
	v, e := parsed(t, out), parsed(t, stderr)
	restored, _ := v["restored"].(map[string]any)
	if code != exitInvalid || v["verdict"] != "bad" || restored["fields"].(map[string]any)["name"] != "Nguyễn Văn Thử" || e["fault"] != "separator" {
		t.Error(code, out, stderr)
	}
	if code, _, _ := tram("", "qr", "parse"); code != exitUsage {
		t.Error("without text:", code)
	}
}

func TestQRDecode(t *testing.T) {
	dir := t.TempDir()
	good, text := filepath.Join(dir, "good.png"), filepath.Join(dir, "text.png")
	matrix, err := qrcode.NewQRCodeWriter().EncodeWithoutHint(thuQR, gozxing.BarcodeFormat_QR_CODE, 300, 300)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, matrix); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(good, b.Bytes())
	write(text, []byte("no image"))
	truncated := filepath.Join(dir, "truncated.png")
	write(truncated, b.Bytes()[:b.Len()/2])
	huge := filepath.Join(dir, "huge.png")
	bomb := bytes.Clone(b.Bytes())
	copy(bomb[16:24], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}) // IHDR: 65535 × 65535
	write(huge, fixHeader(bomb))

	if code, out, stderr := tram("", "qr", "decode", good); code != exitGood || stderr != "" {
		t.Error(code, out, stderr)
	}
	code, out, stderr := tram("", "qr", "decode", good, text, good, filepath.Join(dir, "none.png"), truncated, huge)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitInvalid || stderr != "" || len(lines) != 6 {
		t.Fatal(code, out, stderr)
	}
	for i, want := range []string{"", "not a PNG", "", "no such file", "damaged", "too large"} {
		v := parsed(t, lines[i])
		if want != "" {
			if s, _ := v["error"].(string); !strings.Contains(s, want) || v["codes"] != nil {
				t.Errorf("line %d: %s", i, lines[i])
			}
			continue
		}
		codes := v["codes"].([]any)
		c := codes[0].(map[string]any)
		if len(codes) != 1 || c["text"] != thuQR || len(c["corners"].([]any)) != 4 || v["file"] != good || v["ms"].(float64) <= 0 {
			t.Errorf("line %d: %s", i, lines[i])
		}
	}
}

// fixHeader renews the checksum of a PNG's first chunk.
func fixHeader(b []byte) []byte {
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func TestMRZParse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zone.txt")
	if err := os.WriteFile(file, []byte(thuMRZ), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := tram("", "mrz", "parse", file)
	v := parsed(t, out)
	if code != exitGood || stderr != "" || v["format"] != "TD1" || v["valid"] != true || v["repaired"] != nil {
		t.Error(code, out, stderr)
	}
	number := map[string]any{"value": "090990001", "printed": "8", "computed": "8", "ok": true,
		"line": 0.0, "from": 5.0, "to": 14.0, "problem": ""}
	if got := v["fields"].(map[string]any)["document_number"]; !reflect.DeepEqual(got, number) {
		t.Error(got)
	}

	code, out, stderr = tram(strings.Replace(thuMRZ, "0909900018", "O909900018", 1), "mrz", "parse", "-")
	v = parsed(t, out)
	lines, _ := v["repaired"].([]any)
	if code != exitInvalid || v["valid"] != false || len(lines) != 3 || lines[0] != thuMRZ[:30] {
		t.Error(code, out, stderr)
	}
	change := map[string]any{"line": 0.0, "column": 5.0, "from": "O", "to": "0", "field": "document_number"}
	if got := v["changes"].([]any); len(got) != 1 || !reflect.DeepEqual(got[0], change) {
		t.Error(got)
	}
	if !strings.Contains(stderr, "document_number (line 1, column 6): a character") || strings.Contains(stderr, "birth") {
		t.Error(stderr)
	}
	if code, out, stderr = tram("hello", "mrz", "parse", "-"); code != exitInvalid || out != "" || stderr == "" {
		t.Error(code, out, stderr)
	}
	if code, _, stderr = tram("", "mrz", "parse", file+".none"); code != exitOther || !strings.Contains(stderr, "no such file") {
		t.Error(code, stderr)
	}
}
