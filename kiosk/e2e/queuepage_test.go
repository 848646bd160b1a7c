//go:build realparts

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/gateway"
)

// queued puts a dossier of an invented citizen into the queue, past the counter.
func (s *site) queued(officer, initials string) uuid.UUID {
	s.t.Helper()
	d := s.invented(officer, initials)
	if err := s.outbox.Submit(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
	return d.ID
}

func (s *site) invented(officer, initials string) *dossier.Dossier {
	s.t.Helper()
	return &dossier.Dossier{
		ID: must(uuid.NewV7())(s.t), Kind: "citizen-level2", Station: stationID, Officer: officer, Virtual: true,
		Begun: time.Now().Add(-3 * time.Minute), Sealed: time.Now(), Masked: initials + " ••••••••0001", Lookup: "001090990001", Initials: initials,
		Sections: []dossier.Section{{Name: "person", MediaType: "application/json", Bytes: []byte(`{"fields":[]}`)}},
	}
}

// reaches waits until a dossier has a state.
func (s *site) reaches(id uuid.UUID, state offline.State) {
	s.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		status, err := s.outbox.Status(id)
		if err == nil && status.State == state {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s is %s (%v), want %s", id, status.State, err, state)
		}
	}
}

// actsOf counts what the audit log says of somebody.
func (s *site) actsOf(who, what string) (n int) {
	s.t.Helper()
	err := s.outbox.Acts(0, func(_ uint64, a audit.Act) error {
		if a.Who == who && a.What == what {
			n++
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// tells waits until an element says something.
func (b *browser) tells(name, words string) {
	b.t.Helper()
	b.wait(name+" says "+words, `(document.querySelector('[data-test="`+name+`"]')?.innerText ?? '').includes('`+words+`')`)
}

// TestQueuePage: what waits is listed with what is to be done; it goes out when
// somebody asks for it, and one that asks for a correction says what is missing.
// The page opens over an enrolment and gives it back.
func TestQueuePage(t *testing.T) {
	s := newSite(t)
	done := s.queued("officer-1", "L.T.M.")
	s.reaches(done, offline.Custody)
	s.central.down.Store(true)
	waiting := s.queued("officer-1", "N.V.T.")
	b := newBrowser(t, s)
	b.login()
	b.wait("one that waits", `document.querySelector('[data-test="queue-count"]').innerText === '1'`)
	b.click("next")
	b.step("notice")
	b.do(chromedp.KeyEvent(kb.F4)) // during an enrolment
	b.step("queue")
	b.tells("queue-row-"+waiting.String(), "N.V.T.")
	if eval[bool](b, `document.querySelector('[data-test="queue-row-`+done.String()+`"]') !== null`) {
		t.Error("what the central has stands among what waits")
	}
	b.wait("what to do", `['tự gửi', 'Không cần làm gì'].some((w) => document.querySelector('[data-test="queue-next"]').innerText.includes(w))`)
	if text := eval[string](b, `document.querySelector('.queue-room').innerText`); strings.Contains(text, "001090990001") {
		t.Errorf("the page shows a number: %q", text)
	}
	b.fits("waits")
	b.click("queue-list-asks")
	b.shows("queue-empty")
	b.click("queue-list-all")
	b.click("queue-row-" + done.String())
	b.tells("queue-next", "Trung tâm đã ký nhận")
	b.level("custody", "done")
	b.fits("custody")

	s.central.down.Store(false)
	b.do(chromedp.KeyEvent(kb.F2))
	b.tells("queue-told", "Đang gửi")
	s.reaches(waiting, offline.Custody)
	if n := s.actsOf("officer-1", enrol.ActSentAgain); n != 1 {
		t.Errorf("the log has %d acts of sending again", n)
	}
	s.say(waiting.String(), gateway.Event{State: "fix-needed", Section: "portrait", Reason: "blurred", Words: "Ảnh chân dung bị nhòe", Deadline: time.Now().Add(72 * time.Hour)})
	s.reaches(waiting, offline.FixNeeded)
	b.click("queue-list-asks")
	b.click("queue-row-" + waiting.String())
	b.tells("fix", "Ảnh chân dung bị nhòe")
	if !eval[bool](b, `document.querySelector('[data-test="correct"]').disabled`) {
		t.Error("a correction can begin inside another enrolment")
	}
	b.fits("asks")
	b.click("language")
	b.tells("queue-next", "Invite the citizen")
	b.fits("asks-en")
	b.click("queue-close")
	b.step("notice")
}

// TestQueuePageOnAnEmptyStation: nothing to show is said, and nothing can be
// sent.
func TestQueuePageOnAnEmptyStation(t *testing.T) {
	b := newBrowser(t, newSite(t))
	b.login()
	b.click("queue")
	b.step("queue")
	b.tells("queue-empty", "Trạm chưa có hồ sơ nào")
	if !eval[bool](b, `document.querySelector('[data-test="next"]').disabled`) {
		t.Error("nothing can be sent")
	}
	b.fits("empty")
}

// TestCorrectionFromTheQueue: what the central asks for is begun from the list, and
// the page goes to its first step.
func TestCorrectionFromTheQueue(t *testing.T) {
	s := newSite(t)
	id := s.queued("officer-1", "N.V.T.")
	s.reaches(id, offline.Custody)
	s.say(id.String(), gateway.Event{State: "fix-needed", Section: "portrait", Reason: "blurred", Words: "Ảnh chân dung bị nhòe", Deadline: time.Now().Add(72 * time.Hour)})
	s.reaches(id, offline.FixNeeded)
	b := newBrowser(t, s)
	b.login()
	b.click("queue")
	b.step("queue")
	b.tells("fix", "Ảnh chân dung bị nhòe")
	b.click("correct")
	b.step("card")
}

// TestRefusedIsSentAgain: what the central does not take says so with its reason,
// asks for somebody, and is sent once more when somebody wants it.
func TestRefusedIsSentAgain(t *testing.T) {
	s := newSite(t, func(s *site) { s.strict = true })
	id := s.queued("officer-1", "N.V.T.")
	s.reaches(id, offline.Refused)
	first := must(s.outbox.Status(id))(t)
	b := newBrowser(t, s)
	b.login()
	b.click("queue")
	b.step("queue")
	b.click("queue-list-asks")
	b.tells("queue-next", "gửi lại")
	b.level("custody", "bad")
	b.tells("state-custody", "Báo hỗ trợ kỹ thuật")
	b.wait("the reason, folded away", `document.querySelector('[data-test="state-custody"] details').textContent.includes(`+quoted(first.Detail)+`)`)
	b.tells("next", "Gửi lại hồ sơ này")
	b.fits("refused")
	b.next()
	b.tells("queue-told", "Đang gửi")
	for end := time.Now().Add(patience); must(s.outbox.Status(id))(t).Tries == first.Tries; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it was not sent again: %d tries", first.Tries)
		}
	}
	if n := s.actsOf("officer-1", enrol.ActSentAgain); n != 1 {
		t.Errorf("the log has %d acts of sending again", n)
	}
}
