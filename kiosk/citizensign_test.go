package kiosk

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
)

// TestSignatureOfTheScreen: a small PNG, for the enrolment that is shown, while
// the citizen is asked.
func TestSignatureOfTheScreen(t *testing.T) {
	b, pages := scanningBench(t)
	screen := b.screen(b.login())
	b.in(enrol.StepConsent)
	file := small(t)
	bomb := []byte(file)
	copy(bomb[16:24], []byte{0, 0, 0x0B, 0xB8, 0, 0, 0x0B, 0xB8}) // 3,000 × 3,000
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	long := []byte(file)
	copy(long[16:24], []byte{0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1})
	binary.BigEndian.PutUint32(long[29:], crc32.ChecksumIEEE(long[12:29]))
	send := func(query, body string, options ...option) (int, string) {
		t.Helper()
		w := b.ask(http.MethodPost, "/api/citizen/upload"+query, body, append([]option{screen, header("Content-Type", "image/png")}, options...)...)
		if w.Code == http.StatusOK {
			return w.Code, strings.TrimSpace(w.Body.String())
		}
		return w.Code, refusedAs(w.Body.Bytes())
	}
	mine, none := "?enrolment="+enrolled, func(*http.Request) {}
	for name, c := range map[string]struct {
		query, body string
		status      int
		code        string
		with        option
	}{
		"no enrolment":  {"", file, 400, "bad-request", none},
		"none such":     {"?enrolment=../x", file, 400, "bad-request", none},
		"another":       {"?enrolment=0193a5b2-7c1e-7aaa-8bbb-0123456789ad", file, 409, "no-enrolment", none},
		"a photograph":  {mine, file, 415, "media-type", header("Content-Type", "image/jpeg")},
		"parameters":    {mine, file, 415, "media-type", header("Content-Type", "image/png; charset=utf-8")},
		"no picture":    {mine, "GIF89a", 422, "bad-picture", none},
		"nothing":       {mine, "", 422, "bad-picture", none},
		"large":         {mine, strings.Repeat("x", maxSignature+1), 413, "too-large", none},
		"many pixels":   {mine, string(bomb), 413, "too-large", none},
		"a long line":   {mine, string(long), 413, "too-large", none},
		"large, named":  {mine, strings.Repeat("x", maxSignature+1), 413, "too-large", header(OnceHeader, "large")},
		"officer's":     {mine, file, 401, "screen-closed", header(CitizenHeader, "")},
		"another site":  {mine, file, 403, "cross-origin", header("Sec-Fetch-Site", "cross-site")},
		"a long name":   {mine, file, 400, "bad-request", header(OnceHeader, strings.Repeat("k", maxOnceKey+1))},
		"other content": {mine, strings.Replace(file, "IDAT", "JDAT", 1), 422, "bad-picture", none},
	} {
		if status, code := send(c.query, c.body, c.with); status != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, status, code, c.status, c.code)
		}
	}
	if len(pages.kept) != 0 {
		t.Fatalf("kept %q", pages.kept)
	}
	for range 2 { // twice the same request is one page
		if status, got := send(mine, file, header(OnceHeader, "one")); status != http.StatusOK || got != `{"name":"page-1","width":40,"height":30,"bytes":7}` {
			t.Fatalf("%d %s", status, got)
		}
	}
	if len(pages.kept) != 1 || pages.kept[0] != "officer-1|signature of "+enrolled+"|40|30|\xff\xd8clean" {
		t.Errorf("kept %q", pages.kept)
	}
	pages.answer = enrol.ErrWrongStep
	if status, _ := send(mine, file); status != http.StatusConflict {
		t.Errorf("too late: %d", status)
	}
	pages.answer = nil
	b.in(enrol.StepSign)
	if status, code := send(mine, file); status != http.StatusConflict || code != "no-enrolment" {
		t.Errorf("behind the consent: %d %s", status, code)
	}
	b.in(enrol.StepConsent)
	sent := 0
	for i := range 2 * maxSignatures {
		status, code := send(mine, file, header(OnceHeader, fmt.Sprint("more-", i)))
		if status == http.StatusTooManyRequests && code == "too-many-pictures" {
			break
		}
		sent++
	}
	if kept := len(pages.kept); sent == 0 || kept > maxSignatures || sent >= 2*maxSignatures {
		t.Errorf("%d sent, %d kept", sent, kept)
	}
}
