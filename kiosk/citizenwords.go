package kiosk

import (
	"fmt"
	"net/http"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/verdict"
)

// The problems of the citizen's screen.
var (
	problemScreenCode = problem{http.StatusUnauthorized, "screen-code",
		verdict.Words{VI: "Mã mở màn hình chưa đúng hoặc đã hết hạn", EN: "The code for this screen is not right, or too old"},
		verdict.Words{VI: "Nhờ cán bộ mở lại màn hình công dân", EN: "Ask the officer to open the citizen's screen again"}}
	problemScreen = problem{http.StatusUnauthorized, "screen-closed",
		verdict.Words{VI: "Màn hình này đã đóng", EN: "This screen is closed"},
		verdict.Words{VI: "Nhờ cán bộ mở lại màn hình công dân", EN: "Ask the officer to open the citizen's screen again"}}
	problemScreenBlank = problem{http.StatusConflict, "screen-blank",
		verdict.Words{VI: "Màn hình đang tạm nghỉ", EN: "The screen is resting"},
		verdict.Words{VI: "Chờ cán bộ tại quầy", EN: "Wait for the officer at the counter"}}
	problemScreenOften = problem{http.StatusTooManyRequests, "screen-often",
		verdict.Words{VI: "Màn hình này đã gửi quá nhiều lần", EN: "This screen has sent too much"},
		verdict.Words{VI: "Nhờ cán bộ làm tiếp ở quầy", EN: "Let the officer go on at the counter"}}
)

// phoneSaid says to the citizen how far the verification of the number is. %d is
// how many digits a code has.
var phoneSaid = map[string]verdict.Words{
	"asking":   {VI: "Đang kiểm tra số này, xin chờ giây lát", EN: "This number is being checked, one moment"},
	"ready":    {VI: "Bấm “Gửi mã cho tôi” để nhận mã OTP qua tin nhắn", EN: "Press Send to get a code by message"},
	"sent":     {VI: "Mời nhập %d số trong tin nhắn vừa nhận", EN: "Type the %d digits of the message"},
	"verified": {VI: "Số điện thoại đã được xác thực", EN: "The number is verified"},
	"not-done": {VI: "Số này chưa được xác thực. Hồ sơ vẫn được làm tiếp.", EN: "This number is not verified; the application goes on"},
	"taken":    {VI: "Số này đã dùng cho tài khoản khác. Mời ông/bà nhập số khác.", EN: "This number serves another account: type another one"},
	"expired":  {VI: "Mã đã hết hạn. Mời bấm “Gửi lại mã”.", EN: "The code is too old: press Send again"},
	"spent":    {VI: "Mã đã được nhập nhiều lần. Mời bấm “Gửi lại mã” để nhận mã mới.", EN: "The code was tried too often: press Send again for a new one"},
}

var phoneNotThat = verdict.Words{VI: "Mã chưa đúng. Mời xem lại tin nhắn rồi nhập lại.", EN: "Not the right code: look at the message and type it again"}

func citizenPhoneWords(p enrol.PhoneView) verdict.Words {
	w := phoneSaid[p.State]
	if p.State != "sent" {
		return w
	}
	if p.Tries > 0 {
		return phoneNotThat
	}
	return verdict.Words{VI: fmt.Sprintf(w.VI, p.Digits), EN: fmt.Sprintf(w.EN, p.Digits)}
}
