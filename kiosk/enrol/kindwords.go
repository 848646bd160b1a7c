package enrol

import "github.com/tram-station/tram/reader/verdict"

var kindProblems = map[string][2]verdict.Words{
	"too-old":          {words("Tuổi của công dân thuộc loại hồ sơ khác", "The citizen's age belongs to another kind of enrolment"), words("Hủy rồi chọn loại hồ sơ theo tuổi", "Cancel, then choose the kind for that age")},
	"bad-identity":     {words("Thông tin nhân thân chưa đủ hoặc chưa đúng định dạng", "The identity data are not complete or not in the right form"), words("Nhập số định danh 12 số, họ tên và ngày sinh (năm-tháng-ngày) theo giấy tờ", "Enter the 12-digit number, the name and the date of birth (year-month-day) as on the papers")},
	"bad-paper":        {words("Thông tin giấy tờ chưa hợp lệ", "What was entered of a paper is not valid"), words("Đối chiếu loại, số và hạn của giấy tờ rồi nhập lại", "Check the paper's type, number and expiry and enter them again")},
	"paper-missing":    {words("Còn thiếu giấy tờ bắt buộc", "A required paper is missing"), words("Đề nghị công dân xuất trình đủ giấy tờ", "Ask for all the papers of the list")},
	"paper-expired":    {words("Giấy tờ đã hết hạn", "A paper has expired"), words("Đề nghị gia hạn giấy tờ trước khi đăng ký", "It has to be renewed before the enrolment")},
	"bad-passport":     {words("Dòng MRZ của hộ chiếu chưa đúng", "The passport's machine-readable lines are not right"), words("Quét lại, hoặc nhập lại đúng hai dòng 44 ký tự", "Scan them again, or type both lines of 44 characters as they are")},
	"passport-expired": {words("Hộ chiếu hết hạn", "The passport has expired"), words("Đề nghị công dân đổi hộ chiếu trước khi đăng ký", "The passport has to be renewed before the enrolment")},
	"not-foreign":      {words("Hộ chiếu là của công dân Việt Nam", "The passport is a Vietnamese citizen's"), words("Hủy rồi chọn loại hồ sơ của công dân", "Cancel, then choose a citizen's kind of enrolment")},
	"card-said":        {words("Cần cho biết thẻ có đọc được hay không", "Say whether the card is there to be read"), words("Chọn: đọc thẻ, không có thẻ, hoặc thẻ không đọc được kèm lý do", "Choose: read it, there is none, or it can not be read and why")},
}
