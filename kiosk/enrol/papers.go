package enrol

import (
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// Commands about papers, and the event of an attached page.
const (
	CmdDocumentAdd     = "document-add"     // DocumentArgs
	CmdDocumentRemove  = "document-remove"  // DocumentRemoveArgs
	CmdDocumentsDone   = "documents-done"   // the list is whole as it stands
	CmdDependants      = "dependants"       // DependantsArgs
	CmdFamily          = "family"           // FamilyArgs
	CmdConsentWithdraw = "consent-withdraw" // WithdrawArgs
	CmdPageRemove      = "page-remove"      // PageArgs

	evPage = "page" // Paper.Page
)

// papering is what the state keeps of papers and of what the citizen agreed to.
type papering struct {
	pages    []page // in the order they came; removed ones are gone
	attached int    // how many ever came: names are not used twice

	documents   []Document
	documentsAt time.Time
	dependants  []Dependant
	family      []FamilyMember
	familyAt    time.Time

	agreement
}

// paperEvent is what an event about papers carries; which part follows from the
// event's kind.
type paperEvent struct {
	Page       *page          `cbor:"page,omitempty"`
	Name       string         `cbor:"name,omitempty"` // of a page
	Document   *Document      `cbor:"document,omitempty"`
	Dependants []Dependant    `cbor:"dependants,omitempty"`
	Family     []FamilyMember `cbor:"family,omitempty"`
	Texts      *consentTexts  `cbor:"texts,omitempty"` // what the citizen agreed to
	Withdraw   *WithdrawArgs  `cbor:"withdraw,omitempty"`
}

// complete reports whether the parts that a kind's fold relies on are there.
func (p *paperEvent) complete(kind string) bool {
	switch kind {
	case evPage:
		return p != nil && p.Page != nil
	case CmdDocumentAdd, CmdDocumentRemove:
		return p != nil && p.Document != nil
	case CmdDependants, CmdFamily, CmdPageRemove:
		return p != nil
	case CmdConsentWithdraw:
		return p != nil && p.Withdraw != nil
	}
	return true
}

var paperFolds = map[string]fold{
	evPage:             foldPage,
	CmdPageRemove:      foldPageRemove,
	CmdDocuments:       foldDocuments,
	CmdDocumentAdd:     foldDocumentAdd,
	CmdDocumentRemove:  foldDocumentRemove,
	CmdDocumentsDone:   foldDocumentsDone,
	CmdDependants:      foldDependants,
	CmdFamily:          foldFamily,
	CmdConsent:         foldConsent,
	CmdConsentWithdraw: foldWithdraw,
}

var paperDones = map[Step]done{
	StepFamily:    familyDone,
	StepDocuments: documentsDone,
	StepConsent:   consentDone,
}

var paperAllowed = map[string][]Step{
	CmdPageRemove:      between(StepNotice, StepSign),
	CmdDocuments:       between(StepDocuments, StepSign),
	CmdDocumentAdd:     between(StepDocuments, StepSign),
	CmdDocumentRemove:  between(StepDocuments, StepSign),
	CmdDocumentsDone:   {StepDocuments},
	CmdDependants:      between(StepDocuments, StepSign),
	CmdFamily:          between(StepFamily, StepSign),
	CmdConsent:         between(StepConsent, StepSign),
	CmdConsentWithdraw: between(StepConsent, StepSign),
}

var paperAccepts = map[string]accept{
	CmdPageRemove:      acceptPageRemove,
	CmdDocuments:       acceptDocuments,
	CmdDocumentAdd:     acceptDocumentAdd,
	CmdDocumentRemove:  acceptDocumentRemove,
	CmdDocumentsDone:   acceptPlain,
	CmdDependants:      acceptDependants,
	CmdFamily:          acceptFamily,
	CmdConsent:         acceptConsent,
	CmdConsentWithdraw: acceptWithdraw,
}

const (
	actPage           = "page-attached"
	actPageRemoved    = "page-removed"
	actDocuments      = "documents-listed"
	actDocumentAdd    = "document-added"
	actDocumentRemove = "document-removed"
	actDependants     = "dependants-listed"
	actFamily         = "family-listed"
	actConsent        = "consent-given"
	actWithdrawn      = "consent-withdrawn"
)

var paperActs = map[string]string{
	evPage: actPage, CmdPageRemove: actPageRemoved, CmdDocumentAdd: actDocumentAdd, CmdDocumentRemove: actDocumentRemove,
	CmdDocumentsDone: actDocuments, CmdDependants: actDependants, CmdFamily: actFamily, CmdConsent: actConsent,
	CmdConsentWithdraw: actWithdrawn,
}

var paperActWords = map[string]verdict.Words{
	actPage:           words("Đính kèm trang giấy tờ", "Attached a page"),
	actPageRemoved:    words("Bỏ trang giấy tờ", "Removed a page"),
	actDocuments:      words("Ghi giấy tờ tích hợp", "Listed the documents"),
	actDocumentAdd:    words("Ghi một giấy tờ tích hợp", "Added a document"),
	actDocumentRemove: words("Bỏ một giấy tờ tích hợp", "Removed a document"),
	actDependants:     words("Ghi người phụ thuộc", "Listed the dependants"),
	actFamily:         words("Ghi thông tin gia đình", "Listed the family"),
	actConsent:        words("Công dân đồng ý", "The citizen consented"),
	actWithdrawn:      words("Công dân rút lại đồng ý", "The citizen withdrew a consent"),
}

var paperProblems = map[string][2]verdict.Words{
	"bad-page":          {words("Ảnh trang giấy tờ không dùng được", "The picture of the page is not usable"), words("Chụp hoặc quét lại trang đó", "Take or scan the page again")},
	"page-too-large":    {words("Ảnh trang giấy tờ quá lớn", "The picture of the page is too large"), words("Chụp lại với độ phân giải thấp hơn", "Take it again with a lower resolution")},
	"too-many-pages":    {words("Hồ sơ đã có quá nhiều trang đính kèm", "The enrolment has too many pages"), words("Bỏ trang không dùng rồi thử lại", "Remove pages that are not used, then try again")},
	"unknown-page":      {words("Không có trang đính kèm này", "There is no such page"), words("Chọn trang trong danh sách, hoặc chụp lại", "Choose a page of the list, or take it again")},
	"page-in-use":       {words("Trang này đang thuộc một giấy tờ", "The page belongs to a paper"), words("Bỏ giấy tờ đó trước", "Take that paper off the list first")},
	"pages-missing":     {words("Giấy tờ này cần ảnh chụp hoặc bản quét", "This document needs a photo or a scan"), words("Chụp giấy tờ rồi thêm lại", "Take its picture, then add it again")},
	"bad-document":      {words("Số giấy tờ không đúng định dạng", "A document's number is not in the right form"), words("Đối chiếu với bản gốc rồi nhập lại", "Compare it with the original and enter it again")},
	"document-twice":    {words("Giấy tờ này đã có trong danh sách", "The document is listed twice"), words("Bỏ một dòng trùng", "Remove one of the two lines")},
	"unknown-document":  {words("Giấy tờ này không còn trong danh sách", "The document is not on the list any more"), words("Xem lại danh sách giấy tờ", "Look at the list of documents")},
	"original-unseen":   {words("Chưa đối chiếu bản gốc", "An original has not been seen"), words("Xem bản gốc rồi đánh dấu, hoặc bỏ giấy tờ đó", "See the original and tick it, or leave the document out")},
	"no-consent":        {words("Công dân chưa đồng ý đăng ký", "The citizen has not agreed to the registration"), words("Đọc nội dung cho công dân và ghi nhận đồng ý, hoặc hủy hồ sơ", "Explain it and record the consent, or cancel the enrolment")},
	"consent-mismatch":  {words("Thiếu lựa chọn đồng ý cho từng giấy tờ", "Each document needs its own consent choice"), words("Hỏi công dân cho từng giấy tờ", "Ask the citizen for each document")},
	"consent-text":      {words("Nội dung đồng ý đã thay đổi", "The words of the consent have changed"), words("Cho công dân xem nội dung mới rồi ghi nhận lại", "Show the citizen the present words, then record it again")},
	"not-agreed":        {words("Không có đồng ý nào để rút lại", "There is no such consent to withdraw"), words("Xem lại danh sách đồng ý", "Look at the list of consents")},
	"consent-withdrawn": {words("Công dân đã rút lại đồng ý đăng ký; không có dữ liệu nào được gửi", "The citizen has withdrawn the consent to the registration; nothing is sent"), words("Hủy hồ sơ; nếu công dân đồng ý lại, ghi nhận lại từ đầu", "Cancel the enrolment; should the citizen agree again, record it anew")},
	"bad-signature":     {words("Chữ ký đính kèm không hợp lệ", "The attached signature is not valid"), words("Ký lại trên màn hình, hoặc chọn ký trên giấy", "Sign on the screen again, or choose the paper")},
	"blank-signature":   {words("Chưa thấy nét chữ ký nào trong ảnh", "There is no stroke of a signature in the picture"), words("Mời công dân ký lại, hoặc chọn ký trên giấy", "Let the citizen sign again, or choose the paper")},
	"no-places":         {words("Trạm chưa có danh mục tỉnh, xã", "The station has no list of provinces and communes"), words("Nhập địa chỉ bằng chữ", "Write the address as text")},
	"bad-place":         {words("Địa chỉ không có trong danh mục", "The address is not in the list"), words("Chọn lại tỉnh, xã, hoặc nhập địa chỉ bằng chữ", "Choose it again, or write it as text")},
	"not-excused":       {words("Hệ thống trung tâm sẽ trả lại hồ sơ vì lý do này", "The central system would turn the dossier down for this"), words("Sửa theo hướng dẫn; ghi lý do không thay thế được", "Put it right; a reason does not stand in for it")},
	"bad-dependant":     {words("Thông tin người phụ thuộc chưa hợp lệ", "A dependant's data are not valid"), words("Kiểm tra quan hệ, họ tên, số định danh, ngày sinh", "Check the relation, name, number and date of birth")},
	"bad-family":        {words("Thông tin gia đình chưa hợp lệ", "A family member's data are not valid"), words("Kiểm tra quan hệ, họ tên, số định danh, quốc tịch", "Check the relation, name, number and nationality")},
}

// warningProblems are the words of what is unusual about the data and no fault.
var warningProblems = map[string][2]verdict.Words{
	"warning:number-sex":      {words("Chữ số giới tính trong số định danh khác với giới tính ghi trên thẻ", "The number's sex digit differs from the sex on the card"), words("Công dân đã cải chính có thể giữ số cũ: đối chiếu thẻ rồi ghi lý do", "A corrected citizen may keep the number: compare the card and give the reason")},
	"warning:number-year":     {words("Chữ số năm sinh trong số định danh khác với năm sinh ghi trên thẻ", "The number's year digits differ from the year of birth on the card"), words("Công dân đã cải chính có thể giữ số cũ: đối chiếu thẻ rồi ghi lý do", "A corrected citizen may keep the number: compare the card and give the reason")},
	"warning:number-province": {words("Ba số đầu của số định danh không thuộc tỉnh nào trong danh mục", "The number's first three digits name no province of the list"), words("Có thể khai sinh ở nước ngoài: đối chiếu thẻ rồi ghi lý do", "The birth may be registered abroad: compare the card and give the reason")},
	"warning:restored":        {words("Nội dung mã QR đã được máy khôi phục", "The QR text was restored from what the scanner changed"), words("Đối chiếu từng ô với thẻ rồi ghi lý do", "Compare each field with the card and give the reason")},
	"warning:no-marks":        {words("Họ tên và nơi thường trú trong mã QR không có dấu tiếng Việt", "Name and residence in the QR text have no Vietnamese letter"), words("Đối chiếu với thẻ rồi ghi lý do", "Compare them with the card and give the reason")},
}
