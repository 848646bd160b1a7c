package rules

import "github.com/tram-station/tram/reader/verdict"

// Finding is one thing for which the central would turn a dossier down.
type Finding struct {
	Code    string        `json:"code"`
	Section string        `json:"section"`      // where it is put right
	Of      string        `json:"of,omitempty"` // which field, finger or paper, where there are several
	Words   verdict.Words `json:"words"`
	Next    verdict.Words `json:"next"`
}

// The sections that findings name.
const (
	SectionKind      = "kind"
	SectionEvidence  = "evidence"
	SectionIdentity  = "identity"
	SectionGuardian  = "guardian"
	SectionPerson    = "person"
	SectionPortrait  = "portrait"
	SectionPrints    = "prints"
	SectionFamily    = "family"
	SectionDocuments = "documents"
	SectionRequest   = "request"
	SectionConsent   = "consent"
)

// The codes of findings.
const (
	FindKind          = "kind-unknown"
	FindStation       = "station-not-allowed"
	FindReason        = "reason-unknown"
	FindEvidence      = "chip-not-read"
	FindFieldMissing  = "field-missing"
	FindFieldFormat   = "field-format"
	FindDates         = "dates-implausible"
	FindAge           = "age-not-allowed"
	FindExpired       = "card-expired"
	FindPhone         = "phone-format"
	FindEmail         = "email-format"
	FindPaperMissing  = "paper-missing"
	FindPaperNumber   = "paper-number"
	FindPaperUnseen   = "paper-unseen"
	FindPaperScan     = "paper-scan"
	FindPaperTwice    = "paper-twice"
	FindPapersTooMany = "papers-too-many"
	FindGuardian      = "guardian-missing"
	FindGuardianCard  = "guardian-not-verified"
	FindGuardianSame  = "guardian-is-the-citizen"
	FindGuardianAge   = "guardian-age"
	FindRelation      = "relation-unknown"
	FindPortrait      = "portrait-missing"
	FindPortraitSize  = "portrait-small"
	FindFinger        = "finger-missing"
	FindFingerProof   = "finger-not-proven"
	FindFingerWeak    = "finger-weak"
	FindFamily        = "family-missing"
	FindRequest       = "request-missing"
	FindConsent       = "consent-missing"
	FindConsentPaper  = "consent-document"
	FindSignature     = "signature-missing"
	FindDeadline      = "deadline-unknown"
	FindDependant     = "dependant"
)

// sentence is what a finding's code says, and what the officer does.
type sentence struct{ words, next verdict.Words }

func says(vi, en, nextVI, nextEN string) sentence {
	return sentence{verdict.Words{VI: vi, EN: en}, verdict.Words{VI: nextVI, EN: nextEN}}
}

// findings is the words of each code.
var findings = map[string]sentence{
	FindKind:          says("Gói quy tắc không có loại hồ sơ này", "The rules do not have this kind", "Chọn loại hồ sơ khác", "Choose another kind"),
	FindStation:       says("Trạm này không được lập loại hồ sơ này", "This station may not make this kind", "Hướng dẫn công dân đến đúng cơ quan", "Show the citizen to the authority that may"),
	FindReason:        says("Lý do cấp thẻ chưa có hoặc không đúng", "The reason for the card is missing or unknown", "Chọn lý do trong danh sách", "Choose a reason of the list"),
	FindEvidence:      says("Chưa đọc chip của thẻ", "The card's chip was not read", "Đặt thẻ lên đầu đọc, hoặc ghi lý do không có thẻ", "Put the card on the reader, or give the reason why there is none"),
	FindFieldMissing:  says("Thiếu thông tin bắt buộc", "A required field is missing", "Bổ sung thông tin", "Fill it in"),
	FindFieldFormat:   says("Thông tin chưa đúng mẫu", "A field does not have its form", "Kiểm tra và nhập lại", "Look at it and enter it again"),
	FindDates:         says("Các ngày không hợp lý với nhau", "The dates do not fit together", "Kiểm tra ngày sinh, ngày cấp và ngày hết hạn", "Look at the dates of birth, issue and expiry"),
	FindAge:           says("Tuổi không thuộc loại hồ sơ này", "The age is not that of this kind", "Chọn loại hồ sơ phù hợp với tuổi", "Choose the kind for this age"),
	FindExpired:       says("Thẻ đã hết hạn", "The card has expired", "Lập hồ sơ cùng với cấp thẻ", "Enrol together with a new card"),
	FindPhone:         says("Số điện thoại chưa có hoặc không đúng mẫu", "The phone number is missing or does not have its form", "Để công dân nhập lại số di động", "Let the citizen enter the mobile number again"),
	FindEmail:         says("Địa chỉ thư điện tử không đúng mẫu", "The e-mail address does not have its form", "Nhập lại hoặc bỏ trống", "Enter it again or leave it out"),
	FindPaperMissing:  says("Thiếu giấy tờ bắt buộc", "A required paper is missing", "Nhập giấy tờ và đánh dấu đã xem bản gốc", "Enter the paper and mark its original as seen"),
	FindPaperNumber:   says("Số giấy tờ không đúng mẫu của loại này", "A paper's number does not have the form of its type", "Kiểm tra lại số trên bản gốc", "Look at the number on the original"),
	FindPaperUnseen:   says("Chưa xem bản gốc của giấy tờ", "The original of a paper was not seen", "Xem bản gốc rồi đánh dấu", "Look at the original, then mark it"),
	FindPaperScan:     says("Thiếu ảnh chụp hoặc bản quét của giấy tờ", "The picture of a paper is missing", "Chụp hoặc quét giấy tờ", "Photograph or scan the paper"),
	FindPaperTwice:    says("Một giấy tờ được nhập hai lần", "A paper was entered twice", "Bỏ bớt một dòng", "Remove one of the two"),
	FindPapersTooMany: says("Quá nhiều giấy tờ trong một hồ sơ", "Too many papers for one application", "Lập thêm hồ sơ cho các giấy tờ còn lại", "Make another application for the rest"),
	FindGuardian:      says("Chưa có người giám hộ", "There is no guardian", "Đọc thẻ của người giám hộ", "Read the guardian's card"),
	FindGuardianCard:  says("Thẻ của người giám hộ chưa được kiểm tra", "The guardian's card was not verified", "Đọc thẻ của người giám hộ", "Read the guardian's card"),
	FindGuardianSame:  says("Người giám hộ trùng với công dân", "The guardian is the citizen", "Đọc thẻ của người giám hộ", "Read the guardian's card"),
	FindGuardianAge:   says("Người giám hộ chưa đủ tuổi", "The guardian is not old enough", "Mời người giám hộ khác", "Ask for another guardian"),
	FindRelation:      says("Quan hệ không có trong danh sách", "The relation is none of the list", "Chọn quan hệ trong danh sách", "Choose a relation of the list"),
	FindPortrait:      says("Chưa có ảnh chân dung được chấp nhận", "There is no portrait that was accepted", "Chụp ảnh và xác nhận", "Take the portrait and accept it"),
	FindPortraitSize:  says("Ảnh chân dung quá nhỏ", "The portrait is too small", "Chụp lại ở gần hơn", "Take it again, closer"),
	FindFinger:        says("Thiếu vân tay bắt buộc", "A required finger is missing", "Thu nhận ngón này hoặc ghi lý do", "Capture the finger or give the reason"),
	FindFingerProof:   says("Lý do thiếu vân tay chưa đủ bằng chứng", "What should prove a missing finger is not there", "Chụp bàn tay và mời người phụ trách duyệt", "Photograph the hand and ask a supervisor"),
	FindFingerWeak:    says("Vân tay chưa đạt chất lượng", "A print is too weak", "Thu nhận lại hoặc ghi lý do", "Capture it again or give the reason"),
	FindFamily:        says("Thiếu thông tin gia đình bắt buộc", "Required data of the family are missing", "Bổ sung thông tin gia đình", "Fill in the family's data"),
	FindRequest:       says("Nội dung yêu cầu chưa đầy đủ", "The request is not complete", "Bổ sung nội dung yêu cầu", "Complete the request"),
	FindConsent:       says("Công dân chưa xác nhận đăng ký", "The citizen has not confirmed the registration", "Để công dân đọc và xác nhận", "Let the citizen read and confirm"),
	FindConsentPaper:  says("Có giấy tờ chưa được công dân đồng ý tích hợp", "The citizen has not consented to a document", "Hỏi ý kiến từng giấy tờ, hoặc bỏ giấy tờ đó", "Ask for each document, or take it out"),
	FindSignature:     says("Chưa có chữ ký của công dân", "The citizen's signature is missing", "Để công dân ký trên màn hình hoặc trên giấy", "Let the citizen sign on the screen or on paper"),
	FindDeadline:      says("Không tính được ngày trả kết quả", "The day of the result can not be counted", "Báo người quản trị kiểm tra lịch làm việc", "Ask the administrator to look at the calendar"),
	FindDependant:     says("Thông tin người phụ thuộc chưa đầy đủ", "A dependant's data are not complete", "Kiểm tra quan hệ, số định danh và giấy tờ", "Look at relation, number and paper"),
}
