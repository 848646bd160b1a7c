package passive

import (
	"fmt"
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
func (r reason) with(items []string) reason {
	list := strings.Join(items, ", ")
	r.why.VI, r.why.EN = fmt.Sprintf(r.why.VI, list), fmt.Sprintf(r.why.EN, list)
	return r
}

// because adds the technical cause for who looks into it.
func (r reason) because(err error) reason {
	r.why.VI += " (" + err.Error() + ")"
	r.why.EN += " (" + err.Error() + ")"
	return r
}

// between adds a certificate's period.
func (r reason) between(c *certificate) reason {
	return r.with([]string{c.notBefore.Format("02/01/2006") + " – " + c.notAfter.Format("02/01/2006")})
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

	reasonChain = reason{why: verdict.Words{
		VI: "Chứng thư ký thẻ do chứng thư gốc tin cậy cấp: %s.",
		EN: "The signer's certificate comes from a trusted issuer: %s.",
	}}
	reasonNoSignerKnown = reason{why: verdict.Words{
		VI: "Chưa kiểm tra: không có chứng thư của bên ký.",
		EN: "Not done: there is no signer's certificate.",
	}}
	reasonNoTrust = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: trạm chưa có danh sách chứng thư gốc tin cậy.",
		EN: "Inconclusive: the station has no list of trusted issuers yet.",
	}, nextTrust}
	reasonUnknownIssuer = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: danh sách tin cậy của trạm chưa có chứng thư gốc: %s.",
		EN: "Inconclusive: the station's trust list does not have the issuer's certificate: %s.",
	}, nextTrust}
	reasonWrongIssuer = reason{verdict.Words{
		VI: "Chip không xác thực được: chữ ký của chứng thư gốc trên chứng thư ký thẻ không đúng.",
		EN: "The chip could not be authenticated: the issuer's signature on the signer's certificate is not correct.",
	}, nextReread}
	reasonMayNotSign = reason{verdict.Words{
		VI: "Chip không xác thực được: chứng thư kèm theo không được cấp để ký dữ liệu.",
		EN: "The chip could not be authenticated: the certificate that comes with it was not issued for signing data.",
	}, nextReread}
	reasonNoUsage = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư không nêu mục đích sử dụng khóa.",
		EN: "Inconclusive: a certificate does not state what its key may be used for.",
	}, nextTell}
	reasonNoCA = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư trong danh sách tin cậy không phải chứng thư gốc.",
		EN: "Inconclusive: the certificate in the trust list is no issuer's certificate.",
	}, nextTrust}
	reasonCritical = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư có điều kiện mà trạm chưa hỗ trợ.",
		EN: "Inconclusive: a certificate sets a condition that this station does not know.",
	}, nextTell}
	reasonSignerTime = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư ký thẻ ngoài thời hạn hiệu lực (%s).",
		EN: "Inconclusive: today is outside the validity of the signer's certificate (%s).",
	}, nextClock}
	reasonAnchorTime = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư gốc ngoài thời hạn hiệu lực (%s).",
		EN: "Inconclusive: today is outside the validity of the issuer's certificate (%s).",
	}, nextClock}
	nextClock = verdict.Words{
		VI: "Kiểm tra ngày giờ của máy và báo quản trị viên. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "Check the computer's date and tell the administrator. The intake may go on.",
	}
)
