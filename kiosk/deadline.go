package kiosk

import (
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/verdict"
)

// noticeCalendar says that the rules' holidays do not reach as far as the
// results of what is enrolled today.
var noticeCalendar = enrol.Problem{Code: "calendar-ends",
	Words: verdict.Words{VI: "Lịch nghỉ lễ của gói quy tắc sắp hết: ngày trả kết quả chỉ là dự kiến", EN: "The rules' calendar of holidays ends: the day of a result is an estimate"},
	Next:  verdict.Words{VI: "Báo người quản trị nhận gói quy tắc mới từ trung tâm", EN: "Ask the administrator for the central's new rule pack"}}

// calendarNotices is the notice where the calendar does not reach far enough.
func (s *Server) calendarNotices() []enrol.Problem {
	if s.cfg.Calendar == nil || s.cfg.Calendar(s.cfg.Now()) {
		return nil
	}
	return []enrol.Problem{noticeCalendar}
}
