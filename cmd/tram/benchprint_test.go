package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/mrz/specimen"
)

// tallied runs `tram bench print` on a set and returns its lines by reader.
func tallied(t *testing.T, args ...string) map[string]map[string]any {
	t.Helper()
	o := printOptions{every: 1, sets: args[:1], peers: args[1:], alone: true}
	var out strings.Builder
	a := &app{stdout: &out, stderr: &out, json: true}
	if err := benchPrint(t.Context(), a, o); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for line := range strings.Lines(out.String()) {
		v := parsed(t, line)
		all[v["reader"].(string)] = v
	}
	return all
}

// fakePeer writes a program that answers every picture with the same.
func fakePeer(t *testing.T, answer string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "peer.sh")
	script := "#!/bin/sh\nwhile read -r name; do test -f \"$name\" || exit 1; echo '" + answer + "'; done\n"
	if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// A peer that always says the same is right on one picture and wrong on the
// others; one that says nothing is never wrong.
func TestBenchPrint(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("the peers of this test are shell scripts")
	}
	dir := t.TempDir()
	const n = 4
	if err := specimen.WriteSet(dir, specimen.Codes, 5, n); err != nil {
		t.Fatal(err)
	}
	labels, err := specimen.ReadSet(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := hex.EncodeToString([]byte(labels[2].Text))
	got := tallied(t, dir,
		"silent="+fakePeer(t, `{"ms":2,"codes":[]}`),
		"stuck="+fakePeer(t, `{"ms":8,"codes":[{"text":"`+text+`","bytes":"`+text+`"}]}`))
	for reader, want := range map[string][2]float64{"silent": {0, 0}, "stuck": {1, n - 1}} {
		if v := got[reader]; v["read"] != want[0] || v["wrong"] != want[1] || v["pictures"] != float64(n) {
			t.Errorf("%s: %v", reader, v)
		}
	}
	if r := got["stuck"]["ratio"].(map[string]any); r["median"] != 4.0 || r["p95"] != 4.0 {
		t.Error("the time of the first peer is the unit:", r)
	}
	if own := got["tram, still picture"]; own["read"].(float64) < n-1 || own["wrong"] != 0.0 || own["median_ms"].(float64) <= 0 {
		t.Error(own)
	}
	if err := benchPrint(t.Context(), &app{stdout: new(strings.Builder)}, printOptions{every: 1, sets: []string{t.TempDir()}}); err == nil {
		t.Error("a folder without pictures was measured")
	}
}

const thuZone = "IDVNM0909900018001090990001<<9\n9002144M3002142VNM<<<<<<<<<<<6\nNGUYEN<<VAN<THU<<<<<<<<<<<<<<<"

// What counts as read and what as wrong decides about every figure.
func TestPrintTally(t *testing.T) {
	code := specimen.Label{Text: "Đúng"}
	zone := specimen.Label{Lines: strings.Split(thuZone, "\n")}
	number := strings.Replace(thuZone, "090990001<<9", "090990002<<8", 1) // fits no other digit
	name := strings.Replace(thuZone, "THU", "THO", 1)
	for _, tt := range []struct {
		why         string
		label       specimen.Label
		codes       []printCode
		read, wrong int
	}{
		{"the code", code, []printCode{{text: "Đúng"}}, 1, 0},
		{"its bytes", code, []printCode{{text: "?", bytes: []byte("Đúng")}}, 1, 0},
		{"other bytes by hex", specimen.Label{Text: "x", Hex: "ff00"}, []printCode{{bytes: []byte{0xff, 0}}}, 1, 0},
		{"another code", code, []printCode{{text: "Sai"}}, 0, 1},
		{"the code and one beside it", code, []printCode{{text: "Sai"}, {text: "Đúng"}}, 1, 0},
		{"nothing", code, nil, 0, 0},
		{"nothing where nothing is", specimen.Label{}, nil, 1, 0},
		{"a code where nothing is", specimen.Label{}, []printCode{{text: "Sai"}}, 0, 1},
		{"the zone", zone, []printCode{{text: thuZone}}, 1, 0},
		{"a zone with another name", zone, []printCode{{text: name}}, 0, 0},
		{"a zone with another number", zone, []printCode{{text: number}}, 0, 1},
		{"a doubtful zone with another number", zone, []printCode{{text: number, doubtful: true}}, 0, 0},
		{"no zone", zone, []printCode{{text: "?"}}, 0, 1},
	} {
		tally := newPrintTally("set", "reader")
		tally.add(tt.label, printAnswer{tt.codes, time.Millisecond})
		if tally.Read != tt.read || tally.Wrong != tt.wrong || tally.Pictures != 1 {
			t.Errorf("%s: read %d, wrong %d", tt.why, tally.Read, tally.Wrong)
		}
	}
}

func TestPrintTimes(t *testing.T) {
	tally := newPrintTally("set", "reader")
	for i := range 100 {
		tally.add(specimen.Label{Module: 2.5, Severity: i % 2}, printAnswer{took: time.Duration(100-i) * time.Millisecond})
	}
	tally.finish()
	b, err := json.Marshal(tally)
	if err != nil {
		t.Fatal(err)
	}
	v := parsed(t, string(b))
	if v["median_ms"] != 51.0 || v["p95_ms"] != 96.0 || v["by_size"].(map[string]any)["2.5"] == nil || v["by_severity"].(map[string]any)["1"] == nil {
		t.Error(v)
	}
}

// What tesseract says is cut into lines, however much it says beside them.
func TestZoneText(t *testing.T) {
	code, ok := zoneText("VIET NAM\n\n"+strings.Replace(strings.Replace(thuZone, "<<9", " << 9", 1), "THU<<<<", "THU<", 1)+"\n\f", 3, 30)
	if !ok || code.doubtful || code.text != thuZone {
		t.Errorf("%v %+v", ok, code)
	}
	if code, ok = zoneText(strings.Replace(thuZone, "9002144", "9002145", 1), 3, 30); !ok || !code.doubtful {
		t.Errorf("%v %+v", ok, code)
	}
	if _, ok = zoneText("nothing\n", 3, 30); ok {
		t.Error("a zone out of nothing")
	}
}
