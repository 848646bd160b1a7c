package kiosk

import (
	"fmt"
	"net/http"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/reader/verdict"
)

// stationView is the state of the station beside the enrolment: counts, room,
// and what the officer should know of them.
type stationView struct {
	Waiting int             `json:"waiting"`
	Held    int             `json:"held"` // waits for a supervisor
	Space   queue.Space     `json:"space"`
	Screen  string          `json:"screen"` // the citizen's: "off", "waiting", "on" or "away"
	Notices []enrol.Problem `json:"notices"`
}

func (s *Server) stationState(w http.ResponseWriter, _ *http.Request, on session) {
	list, err := s.board.look(s.cfg.Now, s.cfg.Outbox.List)
	if err == nil {
		var view stationView
		if view, err = s.view(list); err == nil {
			view.Screen = s.second.state(s.cfg.Now())
			view.Notices = append(view.Notices, s.leaseNotices(on)...)
			view.Notices = append(view.Notices, s.calendarNotices()...)
			writeJSON(w, http.StatusOK, view)
			return
		}
	}
	s.cfg.Log.Error("station", "err", err)
	writeProblem(w, problemInternal)
}

func (s *Server) view(list []offline.Status) (view stationView, err error) {
	asked := 0
	for _, status := range list {
		if waits(status) {
			view.Waiting++
		}
		if waits(status) && status.State == offline.FixNeeded {
			asked++
		}
	}
	held, err := s.cfg.Outbox.Held()
	if err != nil {
		return view, err
	}
	if view.Space, err = s.cfg.Outbox.Space(); err != nil {
		return view, err
	}
	view.Held = len(held)
	view.Notices = []enrol.Problem{}
	switch view.Space.Level {
	case queue.LevelFull:
		view.Notices = append(view.Notices, noticeFull)
	case queue.LevelLow:
		view.Notices = append(view.Notices, noticeLow)
	}
	if asked > 0 {
		view.Notices = append(view.Notices, counted(noticeAsked, asked))
	}
	if view.Held > 0 {
		view.Notices = append(view.Notices, counted(noticeHeld, view.Held))
	}
	return view, nil
}

// The notices of the station itself.
var (
	noticeFull = enrol.Problem{Code: "space-full",
		Words: verdict.Words{VI: "Trạm không còn chỗ cho hồ sơ mới", EN: "There is no room for new applications"},
		Next:  verdict.Words{VI: "Nối mạng để gửi hồ sơ đang chờ, hoặc giải phóng dung lượng đĩa", EN: "Connect the network so that waiting applications go out, or free some disk space"}}
	noticeLow = enrol.Problem{Code: "space-low",
		Words: verdict.Words{VI: "Chỗ chứa hồ sơ sắp hết", EN: "Room for applications is running out"},
		Next:  verdict.Words{VI: "Kiểm tra mạng và dung lượng đĩa trước khi hết chỗ", EN: "Check the network and the disk before it is full"}}
	noticeAsked = enrol.Problem{Code: "fix-needed",
		Words: verdict.Words{VI: "%d hồ sơ cần bổ sung", EN: "%d applications need a correction"},
		Next:  verdict.Words{VI: "Mời công dân đến, tra cứu hồ sơ rồi chọn bổ sung", EN: "Invite the citizen, look the application up and choose the correction"}}
	noticeHeld = enrol.Problem{Code: "held",
		Words: verdict.Words{VI: "%d hồ sơ chờ cấp trên xem xét", EN: "%d applications wait for a supervisor"},
		Next:  verdict.Words{VI: "Báo người phụ trách xem và quyết định", EN: "Ask the supervisor to review them"}}
)

// counted puts the count into a notice's words.
func counted(p enrol.Problem, n int) enrol.Problem {
	p.Words.VI, p.Words.EN = fmt.Sprintf(p.Words.VI, n), fmt.Sprintf(p.Words.EN, n)
	return p
}
