package enrol

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tram-station/tram/reader/verdict"
)

// TestHostileCards: what stands in DG13, in the code and in a certificate
// reaches the page bounded and in order, and nobody is stopped by it.
func TestHostileCards(t *testing.T) {
	const turned = "Nguyễn\u202E<b>ửhT</b>\u0007"
	b := newBench(t, t.TempDir())
	r := testReport(t)
	r.Document.VN.Name, r.Document.VN.Residence, r.Document.VN.Origin = turned, strings.Repeat("Phố\u2067 Mẫu ", 5000), "\u202E\u200B"
	r.Checks = append(r.Checks, verdict.Check{Name: "issuer", Outcome: verdict.Inconclusive, Reason: words("CN=\u202EhT", strings.Repeat("C", 9000))})
	b.chip.report = r
	s := b.open(t)
	must(t, s, CmdBegin, nil)
	must(t, s, CmdNotice, nil)
	must(t, s, CmdScan, ScanArgs{Text: strings.Replace(testQR, "Số 5", "Số\u2066 5<img>", 1)})
	snap := await(t, s, "chip", func(n Snapshot) bool { return n.Chip.State == "done" })
	if got := value(snap.Person.Fields, fieldName); got != "Nguyễn<b>ửhT</b>" {
		t.Errorf("name %q", got)
	}
	raw, err := json.Marshal(snap)
	if err != nil || len(raw) > 64<<10 || !utf8.Valid(raw) {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	for _, text := range []string{"<b>", "<img", "\u202E", "\u2066", "\u2067", "\u200B", "\u0007"} {
		if strings.Contains(string(raw), text) {
			t.Errorf("the snapshot has %q", text)
		}
	}
	if strings.ContainsFunc(string(raw), func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) {
		t.Error("the snapshot has letters that can not be seen")
	}
	must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone, Corrections: map[string]string{"residence": "Phường \u202EMới"}})
	if got := value(s.Snapshot().Person.Fields, fieldResidence); got != "Phường Mới" {
		t.Errorf("typed %q", got)
	}
	// What cannot be seen makes no conflict.
	for _, f := range snap.Person.Fields {
		if f.Name == fieldBirth && f.Conflict {
			t.Errorf("conflict in %s", f.Name)
		}
	}
}
