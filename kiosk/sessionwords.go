package kiosk

import (
	"net/http"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/verdict"
)

// The problems of who works here.
var (
	problemSessionLocked = problem{http.StatusLocked, "session-locked",
		verdict.Words{VI: "Phiên làm việc đang khóa", EN: "The session is locked"},
		verdict.Words{VI: "Mở khóa bằng mã PIN hoặc khóa bảo mật; hồ sơ vẫn được giữ", EN: "Unlock it with the PIN or the security key; the application is kept"}}
	problemNotAllowed = problem{http.StatusForbidden, "not-allowed",
		verdict.Words{VI: "Tài khoản này không có quyền thực hiện việc đó", EN: "This account may not do that"},
		verdict.Words{VI: "Nhờ người phụ trách hoặc quản trị viên", EN: "Ask a supervisor or the administrator"}}
	problemNotActive = problem{http.StatusConflict, "not-active",
		verdict.Words{VI: "Hồ sơ đang được làm ở phiên đăng nhập khác", EN: "Another session leads the application"},
		verdict.Words{VI: "Đăng nhập để tiếp quản, hoặc chỉ xem", EN: "Sign in to take it over, or only look on"}}
	problemLease = problem{http.StatusForbidden, "lease-over",
		verdict.Words{VI: "Đã hết hạn làm việc khi chưa nối được trung tâm", EN: "The time to work without news of the central is over"},
		verdict.Words{VI: "Nối mạng để nhận danh sách cán bộ mới; hồ sơ đang làm dở vẫn hoàn tất được", EN: "Connect the network for a new list of officers; an application under way can still be finished"}}
	problemKey = problem{http.StatusUnauthorized, "wrong-key-answer",
		verdict.Words{VI: "Khóa bảo mật không được chấp nhận", EN: "The security key was not accepted"},
		verdict.Words{VI: "Thử lại hoặc dùng mã PIN", EN: "Try again, or use the PIN"}}
	problemKeySuspect = problem{http.StatusUnauthorized, "key-suspended",
		verdict.Words{VI: "Khóa bảo mật có dấu hiệu bị sao chép và đã tạm ngừng", EN: "The security key looks like one that was copied, and is suspended"},
		verdict.Words{VI: "Dùng mã PIN và báo quản trị viên", EN: "Use the PIN and tell the administrator"}}
	problemNoKeys = problem{http.StatusUnprocessableEntity, "no-keys",
		verdict.Words{VI: "Không dùng được khóa bảo mật ở đây", EN: "Security keys can not be used here"},
		verdict.Words{VI: "Mở http://localhost:8420, hoặc dùng mã PIN", EN: "Open http://localhost:8420, or use the PIN"}}
	problemOwnApproval = problem{http.StatusUnprocessableEntity, "own-approval",
		verdict.Words{VI: "Người làm hồ sơ không tự duyệt được", EN: "Who worked at the application can not approve it"},
		verdict.Words{VI: "Nhờ người phụ trách khác", EN: "Ask another supervisor"}}
)

// The notices of a lease.
var (
	noticeLeaseWeek = enrol.Problem{Code: "lease-week",
		Words: verdict.Words{VI: "Hạn làm việc của cán bộ còn chưa đến 7 ngày", EN: "The officers' lease ends within 7 days"},
		Next:  verdict.Words{VI: "Nối mạng để nhận danh sách mới của trung tâm", EN: "Connect the network for the central's new list"}}
	noticeLeaseDay = enrol.Problem{Code: "lease-day",
		Words: verdict.Words{VI: "Hạn làm việc của cán bộ còn chưa đến 1 ngày", EN: "The officers' lease ends within a day"},
		Next:  noticeLeaseWeek.Next}
	noticeLeaseOver = enrol.Problem{Code: "lease-over",
		Words: verdict.Words{VI: "Hạn làm việc của cán bộ đã hết", EN: "The officers' lease is over"},
		Next:  noticeLeaseWeek.Next}
	noticeLeaseEnd = enrol.Problem{Code: "lease-end",
		Words: verdict.Words{VI: "Hạn làm việc của cán bộ đã hết, chưa bắt đầu được hồ sơ mới", EN: "The officers' lease is over, and no new application begins"},
		Next:  noticeLeaseWeek.Next}
)
