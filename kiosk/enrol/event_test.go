package enrol

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
)

// FuzzEvent: a record that decodes folds and projects without a panic,
// whatever came before it.
func FuzzEvent(f *testing.F) {
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	rules, err := rules.Default()
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range seedEvents(f) {
		b, err := c.enc.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := c.event(b)
		if err != nil {
			return
		}
		again, err := c.enc.Marshal(e)
		if err != nil {
			t.Fatalf("decoded, but does not encode: %v", err)
		}
		if _, err := c.event(again); err != nil {
			t.Fatalf("encoded, but does not decode: %v", err)
		}
		s := &Station{cfg: newBench(t, "").cfg, pack: rules, rules: rules, st: newState()}
		s.cfg.Now = time.Now
		s.st.apply(&e, rules)
		s.st.apply(&e, rules)
		s.project()
	})
}

func seedEvents(t testing.TB) []event {
	p := capturedPrint{Finger: 2, PNG: []byte{1}, DPI: 500}
	return []event{
		{Kind: CmdBegin, Command: "1", At: time.Now(), Officer: "officer-1"},
		{Kind: CmdCorrect, Command: "1", At: time.Now(), Corrects: &correction{Dossier: uuid.Nil, Section: sectionPortrait}},
		{Kind: CmdScan, Scan: &scanned{Source: "qr", CAN: "990001", Fields: map[string]string{"name": testName}}},
		{Kind: evChip, Chip: testReport(t), Elapsed: time.Second},
		{Kind: CmdFingersStart, Unit: "13"},
		{Kind: evReader, Reader: &readerTakes{Device: biometrics.Device{Name: "reader"}}},
		{Kind: evTaken, Taking: &taking{Unit: "2", Prints: []capturedPrint{p}}},
		{Kind: evTaken, Taking: &taking{Unit: "13", Problem: slapCount, Records: [][]byte{{1}}}},
		{Kind: evCompared, Compared: &comparedPrints{Serial: 1, Clashes: []clash{{repeated, 2, 7, 99, withFlat}}, Cards: []cardPrint{{2, 3, false}}}},
		{Kind: CmdFingerException, Finger: 5, Reason: "missing", Officer: "officer-1"},
		{Kind: CmdFingerPhoto, Finger: 5},
		{Kind: CmdFingerCamera, Command: "2"},
		{Kind: evPhoto, Finger: 5, Photo: &handPhoto{JPEG: []byte{1}}},
		{Kind: CmdFingerApprove, Finger: 5, Supervisor: "supervisor-1"},
		{Kind: evPortrait, Portrait: &Portrait{JPEG: []byte{1}, Width: 3, Height: 4}},
		{Kind: CmdDocuments, Documents: []Document{{Type: "tax-code", Number: "0123456787", OriginalSeen: true}}},
		{Kind: CmdConsent, Consent: &ConsentArgs{Registration: true, Documents: []bool{true}}},
		{Kind: CmdCitizenPhone, Command: "3", Citizen: true, Said: &CitizenSaid{Phone: testPhone, At: time.Now()}},
		{Kind: evSubmitted, Done: &finished{Receipt: Receipt{ID: "x"}}},
	}
}
