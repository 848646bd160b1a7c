package enrol

import "github.com/tram-station/tram/reader/verdict"

var kindProblems = map[string][2]verdict.Words{
	"too-old":              {words("Tuổi của công dân thuộc loại hồ sơ khác", "The citizen's age belongs to another kind of enrolment"), words("Hủy rồi chọn loại hồ sơ theo tuổi", "Cancel, then choose the kind for that age")},
	"bad-identity":         {words("Thông tin nhân thân chưa đủ hoặc chưa đúng định dạng", "The identity data are not complete or not in the right form"), words("Nhập số định danh 12 số, họ tên, ngày sinh (năm-tháng-ngày) và giới tính theo giấy tờ", "Enter the 12-digit number, name, date of birth (year-month-day) and sex as on the papers")},
	"bad-paper":            {words("Thông tin giấy tờ chưa hợp lệ", "What was entered of a paper is not valid"), words("Đối chiếu loại, số và hạn của giấy tờ rồi nhập lại", "Check the paper's type, number and expiry and enter them again")},
	"paper-missing":        {words("Còn thiếu giấy tờ bắt buộc", "A required paper is missing"), words("Đề nghị công dân xuất trình đủ giấy tờ", "Ask for all the papers of the list")},
	"paper-expired":        {words("Giấy tờ đã hết hạn", "A paper has expired"), words("Đề nghị gia hạn giấy tờ trước khi đăng ký", "It has to be renewed before the enrolment")},
	"bad-passport":         {words("Dòng MRZ của hộ chiếu chưa đúng", "The passport's machine-readable lines are not right"), words("Quét lại, hoặc nhập lại đúng hai dòng 44 ký tự", "Scan them again, or type both lines of 44 characters as they are")},
	"passport-expired":     {words("Hộ chiếu hết hạn", "The passport has expired"), words("Đề nghị công dân đổi hộ chiếu trước khi đăng ký", "The passport has to be renewed before the enrolment")},
	"not-foreign":          {words("Hộ chiếu là của công dân Việt Nam", "The passport is a Vietnamese citizen's"), words("Hủy rồi chọn loại hồ sơ của công dân", "Cancel, then choose a citizen's kind of enrolment")},
	"card-said":            {words("Cần cho biết thẻ có đọc được hay không", "Say whether the card is there to be read"), words("Chọn: đọc thẻ, không có thẻ, hoặc thẻ không đọc được kèm lý do", "Choose: read it, there is none, or it can not be read and why")},
	"bad-relation":         {words("Cần chọn quan hệ với công dân", "The relation to the citizen is missing"), words("Chọn quan hệ trong danh sách", "Choose one of the list")},
	"guardian-unscanned":   {words("Chưa đọc thẻ của người giám hộ", "The guardian's card was not read"), words("Quét và đọc thẻ của người giám hộ, hoặc nhập thông tin kèm lý do", "Scan and read the guardian's card, or enter the data with the reason")},
	"guardian-unknown":     {words("Chưa đủ thông tin của người giám hộ", "Not enough is known of the guardian"), words("Nhập số định danh 12 số, họ tên và ngày sinh đầy đủ", "Enter the 12-digit number, the name and the full date of birth")},
	"guardian-too-young":   {words("Người giám hộ chưa đủ tuổi theo quy định", "The guardian is below the required age"), words("Mời người giám hộ khác đủ tuổi", "Another guardian of the required age is needed")},
	"guardian-is-officer":  {words("Cán bộ tiếp nhận không đồng thời là người giám hộ", "The officer can not be the guardian too"), words("Hủy hồ sơ và mời cán bộ khác tiếp nhận", "Cancel it and let another officer enrol")},
	"guardian-unread":      {words("Thẻ của người giám hộ không đọc được", "The guardian's card could not be read"), words("Lý do đã ghi được gửi cùng hồ sơ", "The reason that was given goes with the dossier")},
	"guardian-expired":     {words("Thẻ của người giám hộ hết hạn", "The guardian's card has expired"), words("Đối chiếu với giấy tờ khác rồi ghi lý do", "Check another paper and give the reason")},
	"same-person":          {words("Thẻ của công dân và của người giám hộ là một", "The citizen's card and the guardian's are the same"), words("Nhấc thẻ của người giám hộ, đặt thẻ của công dân rồi quét lại", "Take the guardian's card away, place the citizen's, then scan it")},
	"no-family":            {words("Không còn thông tin người giám hộ đã xác minh", "No verified guardian is there any more"), words("Bắt đầu hồ sơ mới và đọc thẻ của người giám hộ", "Begin anew and read the guardian's card")},
	"bad-request":          {words("Nội dung yêu cầu chưa đúng", "The request is not complete"), words("Chọn nội dung yêu cầu trong danh sách", "Choose what is asked for in the list")},
	"bad-request-field":    {words("Một ô của yêu cầu còn trống hoặc sai định dạng", "A field of the request is empty or not in the right form"), words("Kiểm tra các ô bắt buộc rồi nhập lại", "Check the required fields and enter them again")},
	"bad-account":          {words("Số định danh của chủ tài khoản không hợp lệ", "The account holder's number is not valid"), words("Nhập 12 số của chủ tài khoản, khác số của người yêu cầu", "Enter the holder's 12 digits, not those of who asks")},
	"request-open":         {words("Còn giấy tờ yêu cầu tích hợp chưa được ghi nhận", "A document that was to be added is not listed"), words("Ghi giấy tờ ở bước giấy tờ, hoặc nêu lý do", "List it in the step documents, or give the reason")},
	"appointment-other":    {words("Thẻ không phải của người đã đặt lịch hẹn", "The card is not that of who made the appointment"), words("Xác nhận với công dân rồi ghi lý do, hoặc hủy và bắt đầu không theo lịch hẹn", "Ask the citizen and give the reason, or cancel and begin without the appointment")},
	"no-appointment":       {words("Không thấy lịch hẹn này", "This appointment is not on the list"), words("Tải lại danh sách lịch hẹn, hoặc tiếp nhận trực tiếp", "Load the day's list again, or go on without")},
	"appointments-none":    {words("Trung tâm không cung cấp lịch hẹn", "The central offers no appointments"), words("Tiếp nhận công dân đến trực tiếp", "Take citizens as they come")},
	"appointments-offline": {words("Chưa tải được lịch hẹn trong ngày", "The day's appointments can not be loaded"), words("Vẫn tiếp nhận được; thử lại khi có mạng", "Go on without; try again when the network is there")},
}
