//go:build realparts

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/chip"
)

// booked is a central with a list of who comes today.
type booked struct {
	asked
	list []inquiry.Appointment
}

func (b *booked) Appointments(context.Context, time.Time) ([]inquiry.Appointment, error) {
	return b.list, nil
}

// TestBegin: the page of kinds shows the way to what is not taken here, the
// day's appointments masked, and who is too young.
func TestBegin(t *testing.T) {
	central := &booked{list: []inquiry.Appointment{
		{At: time.Now().Add(-time.Hour), Number: "001090990001", Name: "Nguyễn Văn Thử", Kind: "citizen"},
		{At: time.Now(), Number: "001190990002", Name: "Trần Thị Mẫu", Kind: "issuance"},
		{At: time.Now().Add(time.Hour), Number: "001074000003", Name: "Anna Mẫu", Kind: "foreigner"},
	}}
	s, b := kindSite(t, func(s *site) { s.inquiry = central })
	b.tells("elsewhere", "Cục Quản lý xuất nhập cảnh")
	b.tells("elsewhere", "Trẻ dưới 6 tuổi")
	b.tells("appointments", "N.V.T.")
	b.fits("idle-appointments")
	b.vietnamese()
	if text := eval[string](b, `document.body.innerText`); strings.Contains(text, "001090") || strings.Contains(text, "Thử") {
		t.Errorf("the list shows %q", text)
	}
	turns := eval[int](b, `document.querySelectorAll('button.turn').length`)
	if turns != 2 {
		t.Errorf("%d of three appointments can begin here, want two", turns)
	}
	b.do(chromedp.Click(chromedp.CSS(`.day li:nth-child(2) button`)))
	b.click("choose-replacement")
	b.step("notice")
	if k := s.station.Snapshot().Kind; k.Code != "issuance" || k.Reason != "replacement" {
		t.Errorf("begun as %+v", k)
	}
	b.click("cancel")
	b.click("cancel-drop")

	small := s.issueTo(person(4, "Nguyễn Thị Bé", "Nữ"), chip.FaultNone)
	s.put(small)
	v := b.begin("kind-citizen", small, nil)
	v.through("person")
	b.tells("banner-refusal", "Trẻ dưới 6 tuổi")
	b.tells("banner-refusal", "trên ứng dụng")
	b.write("phone", "0912345678")
	b.wait("the chip", chipDone)
	if !eval[bool](b, `document.querySelector('[data-next]').disabled`) {
		t.Error("a child of four goes on")
	}
	b.fits("under-6")
}
