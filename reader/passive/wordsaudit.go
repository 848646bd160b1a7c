package passive

import "github.com/tram-station/tram/reader/verdict"

var (
	nextRemove = verdict.Words{
		VI: "Không dùng tệp này: lấy lại tệp từ nơi phát hành và đối chiếu mã băm SHA-256.",
		EN: "Do not use this file: get it again from its publisher and compare the SHA-256.",
	}
	nextCompare = verdict.Words{
		VI: "Đối chiếu mã băm SHA-256 với giá trị mà nơi phát hành công bố qua kênh khác.",
		EN: "Compare the SHA-256 with what the publisher says by another channel.",
	}
	nextPrevious = verdict.Words{
		VI: "Nhập chứng thư gốc trước đó của cùng nơi cấp.",
		EN: "Import the certificate of the same issuer that came before it.",
	}
)

// What the audit of a trust folder can tell.
var (
	reasonSelfSigned = reason{why: verdict.Words{
		VI: "Chứng thư gốc tự ký đúng.",
		EN: "The root's own signature is correct.",
	}}
	reasonSelfWrong = reason{verdict.Words{
		VI: "Chữ ký của chứng thư gốc không đúng.",
		EN: "The root's own signature is not correct.",
	}, nextRemove}
	reasonNotKnown = reason{verdict.Words{
		VI: "Trạm chưa hỗ trợ thuật toán hoặc đường cong của tệp này.",
		EN: "This station does not support an algorithm or curve of this file.",
	}, verdict.Words{
		VI: "Có thể giữ tệp; giấy tờ được ký với chứng thư này sẽ chưa kết luận được.",
		EN: "The file may stay; documents under it remain inconclusive.",
	}}
	reasonLinked = reason{why: verdict.Words{
		VI: "Được ký bởi chứng thư tin cậy: %s.",
		EN: "Signed by a trusted certificate: %s.",
	}}
	reasonLinkWrong = reason{verdict.Words{
		VI: "Chữ ký trên chứng thư không phải của nơi cấp mà chứng thư nêu.",
		EN: "The signature on the certificate is not that of the issuer it names.",
	}, nextRemove}
	reasonLinkSpare = reason{why: verdict.Words{
		VI: "Khóa của chứng thư này đã có trong chứng thư gốc: %s.",
		EN: "Its key is there in a root, too: %s.",
	}}
	reasonLinkOpen = reason{verdict.Words{
		VI: "Chưa có chứng thư tin cậy nào dẫn tới chứng thư này: %s.",
		EN: "No trusted certificate leads to this one: %s.",
	}, nextPrevious}
	reasonNotYet = reason{verdict.Words{
		VI: "Chứng thư chưa có hiệu lực, từ ngày %s.",
		EN: "The certificate is valid from %s.",
	}, nextClock}
	reasonEnded = reason{why: verdict.Words{
		VI: "Chứng thư đã hết hạn ngày %s; vẫn dùng cho giấy tờ đã ký trước đó.",
		EN: "The certificate ended on %s; it still serves for documents signed before.",
	}}
	reasonListSigned = reason{why: verdict.Words{
		VI: "Danh sách chứng thư gốc do bên ký tin cậy ký: %s.",
		EN: "The master list is signed under a trusted issuer: %s.",
	}}
	reasonListUnknown = reason{verdict.Words{
		VI: "Chữ ký của danh sách đúng, nhưng trạm chưa tin cậy nơi cấp của bên ký: %s.",
		EN: "The list's signature is correct, and its signer's issuer is not trusted yet: %s.",
	}, nextCompare}
	reasonCRLGood = reason{why: verdict.Words{
		VI: "Danh sách thu hồi do nơi cấp tin cậy ký, ngày %s.",
		EN: "The revocation list is signed by a trusted issuer, on %s.",
	}}
	reasonCRLOld = reason{why: verdict.Words{
		VI: "Danh sách thu hồi ngày %s đã được thay bằng danh sách mới hơn.",
		EN: "A newer list took the place of the revocation list of %s.",
	}}
	reasonCRLUnknown = reason{verdict.Words{
		VI: "Chưa có chứng thư của nơi ký danh sách thu hồi: %s.",
		EN: "The certificate of who signed the revocation list is missing: %s.",
	}, nextPrevious}
)
