package passive

import (
	"strings"

	"github.com/tram-station/tram/reader/verdict"
)

// reason is why a check ended as it did and what the officer does next. Words
// tell what could not be shown, never that the holder did something.
type reason struct{ why, next verdict.Words }

func (r reason) check(name string, o verdict.Outcome) verdict.Check {
	return verdict.Check{Name: name, Outcome: o, Reason: r.why, Next: r.next}
}

// with fills %s in the words with a list.
func (r reason) with(items ...string) reason {
	list := strings.Join(items, ", ")
	r.why.VI, r.why.EN = strings.ReplaceAll(r.why.VI, "%s", list), strings.ReplaceAll(r.why.EN, "%s", list)
	return r
}

// because adds the technical cause for who looks into it.
func (r reason) because(err error) reason {
	r.why.VI += " (" + err.Error() + ")"
	r.why.EN += " (" + err.Error() + ")"
	return r
}

// weak adds what was good when the document was made and is weak today.
func (r reason) weak(what string) reason {
	if what != "" {
		r.why.VI += " Lưu ý: " + what + " nay đã yếu."
		r.why.EN += " Note: " + what + " is weak by now."
	}
	return r
}

// between adds a certificate's period.
func (r reason) between(c *certificate) reason {
	return r.with(c.notBefore.Format("02/01/2006") + " – " + c.notAfter.Format("02/01/2006"))
}

var (
	nextReread = verdict.Words{
		VI: "Đọc lại thẻ. Nếu vẫn không đạt, báo người phụ trách trước khi tiếp tục.",
		EN: "Read the card again. If it fails again, tell the supervisor before going on.",
	}
	nextTrust = verdict.Words{
		VI: "Quản trị viên nhập danh sách chứng thư gốc bằng lệnh tram trust import. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "The administrator imports the trust list with tram trust import. The intake may go on.",
	}
	nextTell = verdict.Words{
		VI: "Ghi nhận và báo quản trị viên. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "Note it and tell the administrator. The intake may go on.",
	}
)

// What the station can tell, check by check.
var (
	reasonNoSOD = reason{verdict.Words{
		VI: "Chip không xác thực được: chip không có dữ liệu ký (EF.SOD).",
		EN: "The chip could not be authenticated: it gave no signed data (EF.SOD).",
	}, nextReread}
	reasonBrokenSOD = reason{verdict.Words{
		VI: "Chip không xác thực được: dữ liệu ký (EF.SOD) không đọc được.",
		EN: "The chip could not be authenticated: its signed data (EF.SOD) cannot be decoded.",
	}, nextReread}
	reasonUnsupported = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: trạm chưa hỗ trợ thuật toán hoặc chứng thư của thẻ.",
		EN: "Inconclusive: this station does not support an algorithm or certificate of the card.",
	}, nextTell}
	reasonNothingSigned = reason{why: verdict.Words{
		VI: "Chưa kiểm tra: không có dữ liệu ký để kiểm tra.",
		EN: "Not done: there is no signed data to check.",
	}}

	reasonDigests = reason{why: verdict.Words{
		VI: "Dữ liệu trên chip khớp với giá trị băm đã ký: %s.",
		EN: "The data on the chip match the signed digests: %s.",
	}}
	reasonWrongDigest = reason{verdict.Words{
		VI: "Chip không xác thực được: dữ liệu không khớp với giá trị băm đã ký: %s.",
		EN: "The chip could not be authenticated: data do not match the signed digests: %s.",
	}, nextReread}
	reasonUnsigned = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: dữ liệu không có trong danh sách đã ký: %s. Các phần khác đã đọc đều khớp.",
		EN: "Inconclusive: data that are not in the signed list: %s. Everything else that was read matches.",
	}, nextTell}
	reasonNoGroups = reason{why: verdict.Words{
		VI: "Chưa kiểm tra: chưa đọc nhóm dữ liệu nào.",
		EN: "Not done: no data group was read.",
	}}

	reasonSignature = reason{why: verdict.Words{
		VI: "Chữ ký trên dữ liệu của chip đúng.",
		EN: "The signature on the chip's data is correct.",
	}}
	reasonWrongSignature = reason{verdict.Words{
		VI: "Chip không xác thực được: chữ ký trên dữ liệu của chip không đúng.",
		EN: "The chip could not be authenticated: the signature on its data is not correct.",
	}, nextReread}
	reasonNoSigner = reason{verdict.Words{
		VI: "Chip không xác thực được: dữ liệu của chip không có chữ ký.",
		EN: "The chip could not be authenticated: nobody signed its data.",
	}, nextReread}
	reasonNoCertificate = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: thẻ không kèm chứng thư của bên ký.",
		EN: "Inconclusive: the card does not carry its signer's certificate.",
	}, nextTell}
)
