package passive

import "github.com/tram-station/tram/reader/verdict"

var (
	nextClock = verdict.Words{
		VI: "Kiểm tra ngày giờ của máy và báo quản trị viên. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "Check the computer's date and tell the administrator. The intake may go on.",
	}
	nextAdmin = verdict.Words{
		VI: "Báo quản trị viên xem lại danh sách tin cậy. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "Tell the administrator to look at the trust list. The intake may go on.",
	}
	nextCRL = verdict.Words{
		VI: "Quản trị viên nhập danh sách thu hồi mới bằng lệnh tram trust import. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "The administrator imports a new revocation list with tram trust import. The intake may go on.",
	}
)

// What the station can tell of who signed.
var (
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
	reasonChainEnded = reason{why: verdict.Words{
		VI: "Chứng thư ký thẻ do chứng thư gốc tin cậy cấp, còn hiệu lực khi ký dữ liệu và nay đã hết hạn: %s.",
		EN: "The signer's certificate comes from a trusted issuer; it was valid when the data were signed and has ended since: %s.",
	}}
	reasonIssuedLate = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư ký thẻ được cấp ngoài thời hạn ký của chứng thư gốc (%s).",
		EN: "Inconclusive: the signer's certificate was made outside the time in which its issuer signs (%s).",
	}, nextTell}
	reasonSignedLate = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: dữ liệu được ký ngày %s, ngoài thời hạn ký của chứng thư ký thẻ.",
		EN: "Inconclusive: the data were signed on %s, outside the time in which the signer's certificate signs.",
	}, nextTell}
	reasonOtherCountry = reason{verdict.Words{
		VI: "Chip không xác thực được: chứng thư gốc thuộc quốc gia khác với quốc gia cấp ghi trên chip (%s).",
		EN: "The chip could not be authenticated: the issuer's certificate belongs to another country than the chip names as its issuer (%s).",
	}, nextReread}
	reasonUnknownCountry = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: trạm không đối chiếu được quốc gia của chứng thư gốc với nơi cấp ghi trên chip (%s).",
		EN: "Inconclusive: the station cannot compare the country of the issuer's certificate with the one that the chip names (%s).",
	}, nextTell}
	reasonSignerCountry = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư ký thẻ và chứng thư gốc nêu hai quốc gia khác nhau (%s).",
		EN: "Inconclusive: the signer's certificate and its issuer's name two countries (%s).",
	}, nextTell}
	reasonOtherType = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: chứng thư ký thẻ không được cấp cho loại giấy tờ này (%s).",
		EN: "Inconclusive: the signer's certificate was not issued for this type of document (%s).",
	}, nextTell}

	reasonNoIssuerKnown = reason{why: verdict.Words{
		VI: "Chưa kiểm tra thu hồi: chưa xác định được chứng thư gốc.",
		EN: "Not done: revocation is looked up once the issuer is known.",
	}}
	reasonNoCRL = reason{why: verdict.Words{
		VI: "Chưa kiểm tra thu hồi: trạm chưa có danh sách thu hồi của nơi cấp này.",
		EN: "Not done: the station has no revocation list of this issuer.",
	}}
	reasonNotRevoked = reason{why: verdict.Words{
		VI: "Chứng thư ký thẻ không bị thu hồi, theo danh sách ngày %s.",
		EN: "The signer's certificate is not revoked, by the list of %s.",
	}}
	reasonRevoked = reason{verdict.Words{
		VI: "Chip không xác thực được: nơi cấp đã thu hồi chứng thư ký thẻ từ ngày %s.",
		EN: "The chip could not be authenticated: its issuer revoked the signer's certificate on %s.",
	}, verdict.Words{
		VI: "Báo người phụ trách trước khi tiếp tục.",
		EN: "Tell the supervisor before going on.",
	}}
	reasonIssuerRevoked = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: nơi cấp đã thu hồi chứng thư gốc có trong danh sách tin cậy.",
		EN: "Inconclusive: the issuer revoked the certificate that the trust list holds.",
	}, nextAdmin}
	reasonWrongCRL = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: danh sách thu hồi của trạm không dùng được.",
		EN: "Inconclusive: the station's revocation list cannot be used.",
	}, nextCRL}
	reasonCRLTime = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: danh sách thu hồi đề ngày %s, sau ngày của máy.",
		EN: "Inconclusive: the revocation list is dated %s, which is after the computer's date.",
	}, nextClock}
	reasonCRLDue = reason{verdict.Words{
		VI: "Chưa đủ căn cứ kết luận: danh sách thu hồi của trạm đã quá hạn từ ngày %s.",
		EN: "Inconclusive: the station's revocation list was due for renewal on %s.",
	}, nextCRL}

	reasonBrokenCardSecurity = reason{verdict.Words{
		VI: "Chip không xác thực được: EF.CardSecurity không đọc được.",
		EN: "The chip could not be authenticated: its EF.CardSecurity cannot be decoded.",
	}, nextReread}
	reasonCardSecurity = reason{why: verdict.Words{
		VI: "EF.CardSecurity do nơi cấp tin cậy ký: %s.",
		EN: "EF.CardSecurity is signed under a trusted issuer: %s.",
	}}
)
