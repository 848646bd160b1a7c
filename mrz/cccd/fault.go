package cccd

import (
	"errors"
	"strings"

	"github.com/tram-station/tram/reader/verdict"
)

// The three decisions of ParseQR about a text that is no card. The error is a
// *Fault, which says more.
var (
	// ErrNotCard says that the text is something else altogether.
	ErrNotCard = errors.New("not the QR text of an identity card")
	// ErrBroken says that it is a card's payload in which something is missing,
	// doubled or impossible.
	ErrBroken = errors.New("the card's QR text is damaged")
	// ErrMangled says that the way from the scanner to this program changed
	// characters: a keyboard layout, an input method, a code page.
	ErrMangled = errors.New("the scanner changed characters of the card's QR text")
)

// Kind names what is wrong with a text, for programs.
type Kind string

// The kinds of ErrNotCard and ErrBroken.
const (
	KindNotCard  Kind = "not-card"
	KindCut      Kind = "cut-off"     // ends within a field
	KindFields   Kind = "fields-lost" // fewer than seven fields, the last one whole
	KindTooMany  Kind = "too-many-fields"
	KindTwoScans Kind = "two-scans"
	KindControl  Kind = "control-characters"
	KindNumber   Kind = "number" // not 12 digits
	KindName     Kind = "name"   // empty, too long, or with characters of no name
	KindBirth    Kind = "birth"  // no date
	KindIssued   Kind = "issued" // no date
	KindOrder    Kind = "issued-before-birth"
	KindSex      Kind = "sex"
)

// The kinds of ErrMangled: what was done to the text on its way.
const (
	KindTelex     Kind = "telex"           // ễ came as eex
	KindVNI       Kind = "vni"             // ễ came as e64
	KindVIQR      Kind = "viqr"            // ễ came as e^~
	KindMojibake  Kind = "mojibake"        // UTF-8 was read as a code page
	KindLost      Kind = "letters-lost"    // letters came as question marks
	KindNotUTF8   Kind = "not-utf8"        // bytes of a code page
	KindNoMarks   Kind = "marks-lost"      // ữ came as u
	KindSeparator Kind = "separator"       // the bars came as another character, or not at all
	KindLayout    Kind = "keyboard-layout" // the digits came as other characters
	KindCapsLock  Kind = "caps-lock"       // capitals and small letters are exchanged
)

// faultKind is the decision about a kind and its words for the officer.
type faultKind struct {
	decision   error
	what, next verdict.Words
}

var (
	scanAgain = verdict.Words{VI: "Quét lại mã QR một lần", EN: "Scan the QR code again, once"}
	checkCard = verdict.Words{VI: "Quét lại mã QR; nếu vẫn lỗi, đọc thẻ bằng dòng MRZ ở mặt sau", EN: "Scan the QR code again; if it stays so, use the MRZ on the back"}
	noMethod  = verdict.Words{VI: "Tắt bộ gõ tiếng Việt, hoặc chuyển máy quét sang chế độ nối tiếp", EN: "Turn the input method off, or set the scanner to serial mode"}
	serial    = verdict.Words{VI: "Đặt máy quét xuất UTF-8, hoặc chuyển sang chế độ nối tiếp", EN: "Set the scanner to UTF-8, or to serial mode"}
	layout    = verdict.Words{VI: "Chọn bàn phím tiếng Anh (Mỹ) cho máy tính và máy quét, hoặc chế độ nối tiếp", EN: "Choose the US keyboard for the computer and the scanner, or serial mode"}
)

// faultKinds lists every kind.
var faultKinds = map[Kind]faultKind{
	KindNotCard: {ErrNotCard, verdict.Words{VI: "Đây không phải mã QR của thẻ căn cước", EN: "This QR code is not that of an identity card"},
		verdict.Words{VI: "Quét mã QR trên thẻ", EN: "Scan the one on the card"}},
	KindCut:      {ErrBroken, verdict.Words{VI: "Nội dung mã QR bị cắt giữa chừng", EN: "The QR text ends too early"}, scanAgain},
	KindFields:   {ErrBroken, verdict.Words{VI: "Nội dung mã QR bị thiếu dấu ngăn cách", EN: "A separator of the QR text is missing"}, scanAgain},
	KindTooMany:  {ErrBroken, verdict.Words{VI: "Nội dung mã QR có quá nhiều trường", EN: "The QR text has too many fields"}, scanAgain},
	KindTwoScans: {ErrBroken, verdict.Words{VI: "Hai lần quét bị dính vào nhau", EN: "Two scans ran into one"}, scanAgain},
	KindControl:  {ErrBroken, verdict.Words{VI: "Nội dung mã QR có ký tự điều khiển", EN: "The QR text holds control characters"}, scanAgain},
	KindNumber:   {ErrBroken, verdict.Words{VI: "Số trong mã QR không đủ 12 chữ số", EN: "The number in the QR text has not 12 digits"}, checkCard},
	KindName:     {ErrBroken, verdict.Words{VI: "Họ tên trong mã QR không hợp lệ", EN: "The name in the QR text is empty or no name"}, checkCard},
	KindBirth:    {ErrBroken, verdict.Words{VI: "Ngày sinh trong mã QR không có thật", EN: "The date of birth in the QR text is no date"}, checkCard},
	KindIssued:   {ErrBroken, verdict.Words{VI: "Ngày cấp trong mã QR không có thật", EN: "The date of issue in the QR text is no date"}, checkCard},
	KindOrder:    {ErrBroken, verdict.Words{VI: "Ngày cấp trong mã QR đứng trước ngày sinh", EN: "The QR text has the card issued before the birth"}, checkCard},
	KindSex:      {ErrBroken, verdict.Words{VI: "Giới tính trong mã QR không hợp lệ", EN: "The sex in the QR text is neither Nam nor Nữ"}, checkCard},

	KindTelex:    {ErrMangled, verdict.Words{VI: "Chữ có dấu biến thành phím gõ Telex", EN: "The Vietnamese letters came as Telex key strokes"}, noMethod},
	KindVNI:      {ErrMangled, verdict.Words{VI: "Chữ có dấu biến thành phím gõ VNI", EN: "The Vietnamese letters came as VNI key strokes"}, noMethod},
	KindVIQR:     {ErrMangled, verdict.Words{VI: "Chữ có dấu biến thành phím gõ VIQR", EN: "The Vietnamese letters came as VIQR key strokes"}, noMethod},
	KindMojibake: {ErrMangled, verdict.Words{VI: "Chữ UTF-8 bị đọc theo bảng mã khác", EN: "The UTF-8 text was read as another code page"}, serial},
	KindLost:     {ErrMangled, verdict.Words{VI: "Chữ có dấu bị mất", EN: "The Vietnamese letters are lost"}, serial},
	KindNotUTF8:  {ErrMangled, verdict.Words{VI: "Nội dung mã QR không phải UTF-8", EN: "The QR text is not UTF-8"}, serial},
	KindNoMarks:  {ErrMangled, verdict.Words{VI: "Dấu tiếng Việt bị mất", EN: "The Vietnamese marks are lost"}, serial},
	KindSeparator: {ErrMangled, verdict.Words{VI: "Dấu ngăn cách | biến thành ký tự khác",
		EN: "The bars between the fields came as another character, or not at all"}, layout},
	KindLayout:   {ErrMangled, verdict.Words{VI: "Chữ số biến thành ký tự khác", EN: "The digits came as other characters"}, layout},
	KindCapsLock: {ErrMangled, verdict.Words{VI: "Chữ hoa và chữ thường bị đảo", EN: "Capitals and small letters are exchanged"}, verdict.Words{VI: "Tắt Caps Lock rồi quét lại", EN: "Turn Caps Lock off and scan again"}},
}

// Fault is why a text was not taken for a card, and what the officer does
// next. It unwraps to ErrNotCard, ErrBroken or ErrMangled, and holds nothing
// of the text but Restored.
type Fault struct {
	Kind Kind
	// Restored is the card where what was done to the text could be undone
	// without a guess, nil otherwise. It has WarnRestored; the officer compares
	// it with the print before it is used.
	Restored *Card
}

// Words returns what is wrong.
func (f *Fault) Words() verdict.Words { return faultKinds[f.Kind].what }

// Next returns what the officer does.
func (f *Fault) Next() verdict.Words { return faultKinds[f.Kind].next }

// Error says both in English.
func (f *Fault) Error() string {
	return small(f.Words().EN) + ": " + small(f.Next().EN)
}

// small begins a sentence with a small letter.
func small(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// Unwrap returns the decision.
func (f *Fault) Unwrap() error { return faultKinds[f.Kind].decision }

// Verdict is what a text is worth.
type Verdict string

// The verdicts.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn" // a card, and something unusual about it
	Bad  Verdict = "bad"  // no card, or not as it was printed
)

// Judge returns the verdict about what ParseQR returned, with its reasons: the
// codes of the warnings, or the kind of the fault.
func Judge(c *Card, err error) (Verdict, []string) {
	var fault *Fault
	switch {
	case errors.As(err, &fault):
		return Bad, []string{string(fault.Kind)}
	case err != nil || c == nil:
		return Bad, nil
	case len(c.Warnings) == 0:
		return OK, nil
	}
	var codes []string
	for _, w := range c.Warnings {
		codes = append(codes, string(w.Code))
	}
	return Warn, codes
}
