package kiosk

import (
	"encoding/json"
	"net/http"

	"github.com/tram-station/tram/reader/verdict"
)

// problem is what the API answers instead of a result: a stable code, what
// went wrong, and what the officer does next.
type problem struct {
	status int
	Code   string        `json:"code"`
	Words  verdict.Words `json:"words"`
	Next   verdict.Words `json:"next"`
}

// The problems that the server itself finds; those of the enrolment come with
// the words of the state machine.
var (
	problemHost = problem{http.StatusMisdirectedRequest, "wrong-host",
		verdict.Words{VI: "Địa chỉ này không phải của trạm", EN: "This address is not the station's"},
		verdict.Words{VI: "Mở http://localhost:8420", EN: "Open http://localhost:8420"}}
	problemCrossOrigin = problem{http.StatusForbidden, "cross-origin",
		verdict.Words{VI: "Yêu cầu đến từ một trang khác", EN: "The request came from another site"},
		verdict.Words{VI: "Thao tác trên trang của trạm", EN: "Work on the station's own page"}}
	problemLogin = problem{http.StatusUnauthorized, "login",
		verdict.Words{VI: "Phiên làm việc đã hết", EN: "The session has ended"},
		verdict.Words{VI: "Đăng nhập lại; hồ sơ vẫn được giữ", EN: "Log in again; the application is kept"}}
	problemPIN = problem{http.StatusUnauthorized, "wrong-pin",
		verdict.Words{VI: "Tên hoặc mã PIN không đúng", EN: "The name or the PIN is not right"},
		verdict.Words{VI: "Nhập lại tên và mã PIN", EN: "Enter the name and the PIN again"}}
	problemLocked = problem{http.StatusTooManyRequests, "locked",
		verdict.Words{VI: "Đăng nhập tạm khóa sau nhiều lần sai", EN: "Log-in is locked after wrong tries"},
		verdict.Words{VI: "Chờ rồi thử lại", EN: "Wait, then try again"}}
	// Not 401: the officer's own session goes on.
	problemSupervisorPIN = problem{http.StatusUnprocessableEntity, "supervisor-pin",
		verdict.Words{VI: "Tên hoặc mã PIN của người phụ trách không đúng", EN: "The supervisor's name or PIN is not right"},
		verdict.Words{VI: "Người phụ trách nhập lại", EN: "Let the supervisor enter them again"}}
	problemSupervisorLocked = problem{http.StatusTooManyRequests, "supervisor-locked",
		verdict.Words{VI: "Xác nhận của người phụ trách tạm khóa sau nhiều lần sai", EN: "Approval is locked after wrong tries"},
		verdict.Words{VI: "Chờ rồi thử lại", EN: "Wait, then try again"}}
	problemBody = problem{http.StatusBadRequest, "bad-request",
		verdict.Words{VI: "Yêu cầu không đọc được", EN: "The request is not readable"},
		verdict.Words{VI: "Tải lại trang rồi thử lại", EN: "Reload the page and try again"}}
	problemSize = problem{http.StatusRequestEntityTooLarge, "too-large",
		verdict.Words{VI: "Dữ liệu gửi lên quá lớn", EN: "What was sent is too large"},
		verdict.Words{VI: "Chọn ảnh nhỏ hơn 8 MB", EN: "Choose an image under 8 MB"}}
	problemSlow = problem{http.StatusRequestTimeout, "too-slow",
		verdict.Words{VI: "Dữ liệu gửi lên quá chậm", EN: "What was sent came too slowly"},
		verdict.Words{VI: "Gửi lại", EN: "Send it again"}}
	problemType = problem{http.StatusUnsupportedMediaType, "media-type",
		verdict.Words{VI: "Loại dữ liệu không được nhận", EN: "This kind of data is not accepted"},
		verdict.Words{VI: "Chọn ảnh PNG hoặc JPEG", EN: "Choose a PNG or JPEG image"}}
	problemPicture = problem{http.StatusUnprocessableEntity, "bad-picture",
		verdict.Words{VI: "Ảnh không dùng được", EN: "The picture is not usable"},
		verdict.Words{VI: "Chụp hoặc quét lại, lưu thành ảnh PNG hoặc JPEG", EN: "Take or scan it again, and save it as PNG or JPEG"}}
	problemPages = problem{http.StatusTooManyRequests, "too-many-pictures",
		verdict.Words{VI: "Hồ sơ này đã có quá nhiều ảnh", EN: "This application has too many pictures"},
		verdict.Words{VI: "Dùng các ảnh đã có", EN: "Use those that are there"}}
	problemNoEnrolment = problem{http.StatusConflict, "no-enrolment",
		verdict.Words{VI: "Chưa mở hồ sơ nào", EN: "No enrolment is open"},
		verdict.Words{VI: "Bắt đầu hồ sơ rồi gửi ảnh", EN: "Begin one, then send the picture"}}
	problemBusy = problem{http.StatusServiceUnavailable, "busy",
		verdict.Words{VI: "Trạm đang xử lý ảnh khác", EN: "The station is busy with another picture"},
		verdict.Words{VI: "Gửi lại sau giây lát", EN: "Send it again in a moment"}}
	problemOpen = problem{http.StatusConflict, "enrolment-open",
		verdict.Words{VI: "Đang có hồ sơ làm dở", EN: "An enrolment is under way"},
		verdict.Words{VI: "Kiểm tra thiết bị sau khi xong hồ sơ", EN: "Look at the devices when it is done"}}
	problemTrying = problem{http.StatusServiceUnavailable, "busy",
		verdict.Words{VI: "Đang thử một thiết bị khác", EN: "Another device is being tried"},
		verdict.Words{VI: "Thử lại sau giây lát", EN: "Try again in a moment"}}
	problemNothing = problem{http.StatusNotFound, "not-found",
		verdict.Words{VI: "Không có nội dung này", EN: "There is nothing here"},
		verdict.Words{}}
	problemZone = problem{http.StatusUnprocessableEntity, "mrz-unclear",
		verdict.Words{VI: "Các dòng MRZ trong ảnh chưa đọc được chắc chắn", EN: "The MRZ lines in the image could not be read for sure"},
		verdict.Words{VI: "Chụp lại gần, thẳng và rõ, hoặc nhập thủ công", EN: "Take it again, near, straight and sharp, or type the number"}}
	problemNoQR = problem{http.StatusUnprocessableEntity, "no-qr",
		verdict.Words{VI: "Không thấy mã QR hoặc dòng MRZ trong ảnh", EN: "There is no QR code and no MRZ in the image"},
		verdict.Words{VI: "Chụp lại rõ và thẳng, hoặc nhập thủ công", EN: "Take it again, sharp and straight, or type the number"}}
	problemFast = problem{http.StatusTooManyRequests, "too-fast",
		verdict.Words{VI: "Ảnh từ máy ảnh gửi đến quá nhanh", EN: "The camera's pictures come too fast"},
		verdict.Words{}}
	problemNotWanted = problem{http.StatusConflict, "frame-not-wanted",
		verdict.Words{VI: "Trạm hiện không nhận ảnh từ trang này", EN: "The station takes no pictures from this page now"},
		verdict.Words{VI: "Chỉ mở trang của trạm ở một cửa sổ", EN: "Keep the station open in one window only"}}
	problemFrame = problem{http.StatusUnprocessableEntity, "bad-frame",
		verdict.Words{VI: "Ảnh từ máy ảnh không dùng được", EN: "The camera's picture is not usable"},
		verdict.Words{VI: "Chọn máy ảnh khác hoặc cắm lại máy ảnh", EN: "Choose another camera, or connect it again"}}
	problemReused = problem{http.StatusConflict, "id-reused",
		verdict.Words{VI: "Mã yêu cầu này đã dùng cho một yêu cầu khác", EN: "This request's key was used for another request"},
		verdict.Words{VI: "Tải lại trang rồi thử lại", EN: "Reload the page and try again"}}
	problemStreams = problem{http.StatusTooManyRequests, "too-many-pages",
		verdict.Words{VI: "Trạm đang mở ở quá nhiều cửa sổ", EN: "The station is open in too many windows"},
		verdict.Words{VI: "Đóng bớt cửa sổ", EN: "Close some windows"}}
	problemInternal = problem{http.StatusInternalServerError, "internal",
		verdict.Words{VI: "Trạm gặp lỗi", EN: "The station met an error"},
		verdict.Words{VI: "Thử lại; nếu còn lỗi, báo kỹ thuật", EN: "Try again; if it stays, call the technician"}}
)

func writeProblem(w http.ResponseWriter, p problem) {
	writeJSON(w, p.status, struct {
		Error problem `json:"error"`
	}{p})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// An error here means that the client went away: nobody is left to tell.
	_ = json.NewEncoder(w).Encode(v)
}
