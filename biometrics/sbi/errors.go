package sbi

import (
	"errors"
	"fmt"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader/verdict"
)

var (
	// ErrUntrusted says that an answer is not what the opened scanner signed now
	// and for this capture. Nothing of it is used.
	ErrUntrusted = errors.New("the scanner's signature does not hold: nothing was taken; disconnect it and tell the administrator")
	// ErrReply says that a service does not answer as the interface wants it. It
	// wraps [biometrics.ErrNoDevice]: such a service is as good as none.
	ErrReply = fmt.Errorf("the fingerprint service answers wrongly: restart it: %w", biometrics.ErrNoDevice)
)

func untrusted(what string) error { return fmt.Errorf("%s: %w", what, ErrUntrusted) }

func replyError(what string) error { return fmt.Errorf("%s: %w", what, ErrReply) }

func badImage(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, biometrics.ErrBadImage)...)
}

// Error is a code by which a service refused (§Error Codes). It wraps the error
// of package biometrics that it amounts to.
type Error struct{ Code int }

// Codes of the interface.
const (
	codeNotRegistered = 100
	codeNoObject      = 101
	codeExtraction    = 102
	codeTampered      = 103
	codeManagement    = 104
	codeOrientation   = 105
	codeNotFound      = 106
	codeKeyExpired    = 107
	codeDomainKey     = 108
	codeCount         = 109
	codeNotReady      = 110
	codeBusy          = 111
	codeTransaction   = 112
	codeParameter     = 113
	codeNoDevice      = 202
)

// ownCodes is where the makers' own codes begin.
const ownCodes = 500

// meaning is what a code comes to, and what the officer reads.
type meaning struct {
	sentinel error
	words    verdict.Words
}

// meanings are those of the interface's codes.
var meanings = map[int]meaning{
	codeNotRegistered: {biometrics.ErrNoDevice, verdict.Words{
		VI: "Máy quét chưa được đăng ký với nhà sản xuất: báo quản trị viên.",
		EN: "The scanner is not registered with its maker: tell the administrator."}},
	codeNoObject: {biometrics.ErrNoFinger, verdict.Words{
		VI: "Không thấy ngón tay: đặt ngón tay phẳng lên mặt kính.",
		EN: "No finger was seen: lay the fingers flat on the glass."}},
	codeExtraction: {biometrics.ErrBadImage, verdict.Words{
		VI: "Máy quét không lấy được ảnh: nhấc tay lên rồi đặt lại.",
		EN: "The scanner got no image: lift the fingers and lay them down again."}},
	codeTampered: {ErrUntrusted, verdict.Words{
		VI: "Máy quét báo đã bị can thiệp: ngừng dùng và báo quản trị viên.",
		EN: "The scanner says that it was tampered with: stop using it and tell the administrator."}},
	codeManagement: {biometrics.ErrNoDevice, verdict.Words{
		VI: "Dịch vụ máy quét không kết nối được máy chủ của nhà sản xuất: kiểm tra mạng rồi thử lại.",
		EN: "The scanner's service can not reach its maker's server: check the network and try again."}},
	codeOrientation: {biometrics.ErrBadImage, verdict.Words{
		VI: "Bàn tay đặt lệch hướng: đặt thẳng ngón tay rồi thử lại.",
		EN: "The hand lies askew: lay the fingers straight and try again."}},
	codeNotFound: {biometrics.ErrNoDevice, verdict.Words{
		VI: "Không tìm thấy máy quét: kiểm tra cáp.", EN: "The scanner is not found: check the cable."}},
	codeKeyExpired: {ErrUntrusted, verdict.Words{
		VI: "Khóa của máy quét đã hết hạn: báo quản trị viên.",
		EN: "The scanner's key has expired: tell the administrator."}},
	codeDomainKey: {biometrics.ErrNoDevice, verdict.Words{
		VI: "Máy quét thiếu khóa của hệ thống: báo quản trị viên.",
		EN: "The scanner lacks the system's key: tell the administrator."}},
	codeCount: {biometrics.ErrNotTaken, verdict.Words{
		VI: "Máy quét không lấy được số ngón này: lấy từng ngón hoặc dùng máy khác.",
		EN: "The scanner does not take that many fingers: take single fingers or use another scanner."}},
	codeNotReady: {biometrics.ErrNoDevice, verdict.Words{
		VI: "Máy quét chưa sẵn sàng: chờ một lát hoặc cắm lại cáp.",
		EN: "The scanner is not ready: wait a moment or plug it in again."}},
	codeBusy: {biometrics.ErrNoDevice, verdict.Words{
		VI: "Máy quét đang bận: đóng chương trình khác đang dùng máy quét.",
		EN: "The scanner is busy: close the other program that uses it."}},
	codeTransaction: {ErrReply, verdict.Words{
		VI: "Dịch vụ máy quét từ chối yêu cầu: khởi động lại dịch vụ.",
		EN: "The scanner's service refuses the request: restart it."}},
	codeParameter: {ErrReply, verdict.Words{
		VI: "Dịch vụ máy quét từ chối yêu cầu: khởi động lại dịch vụ.",
		EN: "The scanner's service refuses the request: restart it."}},
	codeNoDevice: {biometrics.ErrNoDevice, verdict.Words{
		VI: "Chưa cắm máy quét: kiểm tra cáp.", EN: "No scanner is connected: check the cable."}},
}

// other is what the makers' own codes come to: nothing is known of them but that
// there is no print.
var (
	other = meaning{biometrics.ErrBadImage, verdict.Words{
		VI: "Máy quét báo lỗi riêng của nhà sản xuất: nhấc tay lên và thử lại.",
		EN: "The scanner reports an error of its maker's own: lift the fingers and try again."}}
	unknown = meaning{ErrReply, verdict.Words{
		VI: "Dịch vụ máy quét trả lời sai: khởi động lại dịch vụ.",
		EN: "The scanner's service answers wrongly: restart it."}}
)

func (e *Error) meaning() meaning {
	if m, ok := meanings[e.Code]; ok {
		return m
	}
	if e.Code >= ownCodes {
		return other
	}
	return unknown
}

// Error says the code and what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("fingerprint service, error %d: %s", e.Code, e.meaning().words.EN)
}

// Unwrap is the error that callers decide by.
func (e *Error) Unwrap() error { return e.meaning().sentinel }

// Words are what the officer reads.
func (e *Error) Words() verdict.Words { return e.meaning().words }

// refusal is the error of a device that is not ready.
func refusal(status string) error {
	switch status {
	case statusBusy:
		return &Error{Code: codeBusy}
	case statusNotRegistered:
		return &Error{Code: codeNotRegistered}
	}
	return &Error{Code: codeNotReady}
}
