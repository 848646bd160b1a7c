package reader

import (
	"context"
	"errors"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/verdict"
)

// Fault is what ended a read, in words: a wrong key, a lost card, a loose cable
// and a program in the way are different things to do for the officer.
type Fault struct {
	Code  string        `json:"code"` // stable: "card-lost", "wrong-key", "no-reader", …
	Words verdict.Words `json:"words"`
	Next  verdict.Words `json:"next"` // what the officer does
}

// FaultOther is the code of an error that no other code names.
const FaultOther = "chip-error"

// Explain returns the words for an error of [Reader.Read], or of opening the
// slot. Every error has some.
func Explain(err error) Fault {
	for _, c := range causes() {
		if errors.Is(err, c.is) {
			return c.Fault
		}
	}
	return faultOther
}

// FaultByCode returns the words of a code; ok is false where there is none.
func FaultByCode(code string) (f Fault, ok bool) {
	if code == FaultOther {
		return faultOther, true
	}
	for _, c := range causes() {
		if c.Code == code {
			return c.Fault, true
		}
	}
	return Fault{}, false
}

var faultOther = fault(FaultOther, "Chưa đọc được chip", "The chip could not be read",
	"Nhấc thẻ ra, đặt lại cho ngay ngắn", "Lift the card and place it again, flat")

// cause is an error and its fault.
type cause struct {
	is error
	Fault
}

func fault(code, vi, en, nextVI, nextEN string) Fault {
	return Fault{code, verdict.Words{VI: vi, EN: en}, verdict.Words{VI: nextVI, EN: nextEN}}
}

// causes lists the errors, the special ones before those that they are a kind
// of.
func causes() []cause {
	return []cause{
		{ErrNoKey, fault("no-key", "Chưa có khóa mở chip", "No key to open the chip",
			"Quét mã QR hoặc nhập số in trên thẻ", "Scan the QR code or type the number printed on the card")},
		{ErrTooManyKeys, fault("too-many-keys", "Đã thử quá nhiều khóa với thẻ này", "Too many keys were tried on this card",
			"Nhấc thẻ ra, đối chiếu số in trên thẻ với mã đã quét rồi làm lại từ đầu", "Lift the card, compare its number with the code that was scanned, then begin again")},
		{access.ErrNeedsMRZ, fault("needs-mrz", "Thẻ này chỉ mở được bằng dòng MRZ", "This card opens only with its machine-readable zone",
			"Quét mã QR hoặc dòng MRZ ở mặt sau thẻ", "Scan the QR code or the zone on the back of the card")},
		{access.ErrBlocked, fault("key-blocked", "Mã PIN của thẻ đã bị khóa", "The card has blocked this PIN",
			"Dùng số in trên thẻ, hoặc mở khóa bằng mã PUK", "Use the number printed on the card, or unblock it with the PUK")},
		{access.ErrSuspended, fault("pin-suspended", "Thẻ yêu cầu số CAN trước khi nhận mã PIN lần cuối", "The card asks for its CAN before the last try of the PIN",
			"Quét mã QR hoặc nhập số CAN in trên thẻ", "Scan the QR code or type the CAN printed on the card")},
		{access.ErrLastTry, fault("pin-last-try", "Mã PIN chỉ còn một lần thử", "One try is left for this PIN",
			"Dùng số in trên thẻ, hoặc để công dân kiểm tra chắc chắn mã PIN", "Use the number printed on the card, or let the holder make sure of the PIN")},
		{access.ErrWrongKey, fault("wrong-key", "Sai khóa mở chip", "Wrong key",
			"Quét lại mã QR trên chính thẻ này hoặc kiểm tra số đã nhập", "Scan the code on this very card again or check the typed number")},
		{ErrOtherCard, fault("other-card", "Thẻ đặt lại không phải thẻ đang đọc", "Another card came back than the one that was being read",
			"Đặt lại thẻ ban đầu, hoặc quét mã của thẻ mới để làm lại", "Put the first card back, or scan the new card's code to begin again")},
		{ErrNoApplication, fault("not-an-id-card", "Thẻ trên đầu đọc không phải thẻ căn cước hoặc hộ chiếu", "The card on the reader is no ID card or passport",
			"Chỉ đặt một thẻ căn cước lên đầu đọc", "Put the ID card alone on the reader")},
		{apdu.ErrReset, fault("card-reset", "Chương trình khác đã khởi động lại thẻ", "Another program reset the card",
			"Đóng các chương trình khác đang dùng đầu đọc thẻ rồi đọc lại", "Close other programs that use the card reader, then read again")},
		{apdu.ErrBusy, fault("reader-busy", "Chương trình khác đang giữ đầu đọc thẻ", "Another program holds the card reader",
			"Đóng chương trình đó; máy sẽ tự đọc lại", "Close that program; the card is read again by itself")},
		{apdu.ErrSilent, fault("chip-silent", "Chip ngừng trả lời", "The chip stopped answering",
			"Nhấc thẻ ra, đợi một giây rồi đặt lại", "Lift the card, wait a second and put it back")},
		{apdu.ErrTimeout, fault("chip-timeout", "Chip trả lời quá chậm", "The chip did not answer in time",
			"Nhấc thẻ ra, đợi một giây rồi đặt lại; nếu vẫn vậy, kiểm tra đầu đọc", "Lift the card, wait a second and put it back; if it stays so, check the reader")},
		{apdu.ErrCardLost, fault("card-lost", "Mất kết nối với thẻ", "Card lost",
			"Đặt lại thẻ lên đầu đọc và giữ yên; máy sẽ tự đọc tiếp", "Put the card back and hold it still; reading goes on by itself")},
		{apdu.ErrNoReader, fault("no-reader", "Chưa kết nối đầu đọc", "Reader disconnected",
			"Kiểm tra cáp đầu đọc thẻ; máy sẽ tự nhận lại", "Check the reader's cable; it is found again by itself")},
		{access.ErrUnsupported, fault("unsupported", "Thẻ dùng giao thức mà trạm chưa hỗ trợ", "The card uses a protocol that this station does not know",
			"Cập nhật phần mềm trạm và báo quản trị viên", "Update the station and tell the administrator")},
		{access.ErrProtocol, fault("protocol", "Chip trả lời sai giao thức", "The chip did not keep to the protocol",
			"Nhấc thẻ ra, đặt lại cho ngay ngắn; nếu vẫn vậy, báo người phụ trách", "Place the card again, flat; if it stays so, tell the supervisor")},
		{securemsg.ErrEnded, fault("session-ended", "Chip kết thúc phiên đọc nhiều lần", "The chip ended the secure session again and again",
			"Nhấc thẻ ra, đặt lại rồi đọc lại; nếu vẫn vậy, báo người phụ trách", "Lift the card and read it again; if it stays so, tell the supervisor")},
		{context.DeadlineExceeded, fault("timeout", "Hết thời gian chờ thẻ", "The time for the card ran out",
			"Đặt thẻ lên đầu đọc rồi làm lại", "Put the card on the reader and try again")},
		{context.Canceled, fault("cancelled", "Đã dừng đọc thẻ", "The read was stopped",
			"Đọc lại khi sẵn sàng", "Read again when ready")},
	}
}
