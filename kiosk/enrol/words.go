package enrol

import (
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/verdict"
)

func words(vi, en string) verdict.Words { return verdict.Words{VI: vi, EN: en} }

// problems holds the words of every code: what happened, and what to do next.
// A cable, a card that moved, a wrong key and a failed check are four rows.
var problems = join(coreProblems, peopleProblems, kindProblems, paperProblems, onlineProblems, citizenProblems, warningProblems)

var coreProblems = map[string][2]verdict.Words{
	"bad-kind":        {words("Bộ quy định không có loại hồ sơ này", "The rules know no such kind of enrolment"), words("Chọn loại hồ sơ trong danh sách", "Choose a kind of the list")},
	"other-station":   {words("Trạm này không tiếp nhận loại hồ sơ này", "This station does not take this kind of enrolment"), words("Hướng dẫn công dân đến cơ quan có thẩm quyền", "Show the citizen the office that does")},
	"wrong-step":      {words("Thao tác không thuộc bước hiện tại", "This does not belong to the present step"), words("Xem bước đang hiển thị rồi làm tiếp", "Look at the current step and go on from there")},
	"unknown-command": {words("Thao tác không được hỗ trợ", "This action is not known"), words("Tải lại trang rồi thử lại", "Reload the page and try again")},
	"bad-command-id":  {words("Mã thao tác không hợp lệ", "The command's ID is not valid"), words("Tải lại trang rồi thử lại", "Reload the page and try again")},
	"stale":           {words("Hồ sơ đã thay đổi sau khi màn hình này hiển thị", "The enrolment has changed since this was shown"), words("Xem lại nội dung mới rồi thao tác lại", "Look at what is shown now, then decide again")},
	"id-reused":       {words("Mã thao tác này đã dùng cho một thao tác khác", "This command's ID was used for another command"), words("Tải lại trang rồi thử lại", "Reload the page and try again")},
	"bad-args":        {words("Thông tin nhập chưa hợp lệ", "What was entered is not valid"), words("Kiểm tra các ô rồi nhập lại", "Check the fields and enter them again")},
	"bad-scan":        {words("Nội dung quét không phải thẻ căn cước", "What was scanned is not an ID card"), words("Quét lại mã QR, hoặc nhập 12 số trên thẻ", "Scan the QR code again or type the card's 12 digits")},
	"broken-scan":     {words("Nội dung mã QR bị thiếu hoặc lặp", "The QR text is damaged"), words("Quét lại mã QR một lần", "Scan the QR code again, once")},
	"mangled-scan":    {words("Máy quét làm hỏng chữ tiếng Việt", "The scanner spoilt the Vietnamese letters"), words("Tắt bộ gõ tiếng Việt hoặc chuyển máy quét sang chế độ nối tiếp", "Turn the input method off, or set the scanner to serial mode")},
	"bad-mrz":         {words("Dòng MRZ có ký tự đọc sai", "A character of the MRZ was misread"), words("Kiểm tra lại từng dòng hoặc quét mã QR", "Check each line again or scan the QR code")},
	"already-read":    {words("Chip đã được đọc xong", "The chip has been read already"), words("Hủy hồ sơ này nếu muốn đổi thẻ", "Cancel this enrolment to use another card")},
	"not-ready":       {words("Chưa có đủ thông tin để xác nhận", "There is not enough data to confirm yet"), words("Đặt thẻ lên đầu đọc và chờ đọc chip", "Place the card on the reader and wait for the chip")},
	"bad-phone":       {words("Số thuê bao không đúng định dạng", "The mobile number is not in the right form"), words("Nhập 10 số di động Việt Nam, bắt đầu bằng 0", "Enter a Vietnamese mobile number: 10 digits, starting with 0")},
	"bad-email":       {words("Địa chỉ email không đúng định dạng", "The email address is not in the right form"), words("Sửa địa chỉ hoặc để trống", "Correct the address or leave it empty")},
	"bad-correction":  {words("Nội dung chỉnh sửa không hợp lệ", "The correction is not valid"), words("Chỉ sửa các ô được phép; số, họ tên và ngày sinh lấy theo thẻ", "Correct only the fields that allow it; number, name and birth follow the card")},
	"bad-reason":      {words("Cần nêu rõ lý do", "A reason is needed"), words("Ghi lý do cụ thể hoặc chọn trong danh sách", "Write a specific reason or choose one of the list")},
	"unknown-issue":   {words("Không có vấn đề này cần xác nhận", "There is no such issue to acknowledge"), words("Xem lại danh sách vấn đề", "Look at the list of issues")},
	"bad-finger":      {words("Ngón tay không hợp lệ", "There is no such finger"), words("Chọn một trong mười ngón", "Choose one of the ten fingers")},
	"all-excepted":    {words("Các ngón này đều đã khai ngoại lệ", "All these fingers have an exception"), words("Muốn thu ngón nào, chọn riêng ngón đó", "To capture one of them, choose it by itself")},
	"no-exception":    {words("Ngón này chưa được khai ngoại lệ", "No exception was declared for this finger"), words("Khai ngoại lệ và chọn lý do trước", "Declare it and choose the reason first")},
	"photo-first":     {words("Chưa chụp ảnh bàn tay", "There is no picture of the hand yet"), words("Chụp ảnh bàn tay trước khi người phụ trách xác nhận", "Take it before the supervisor approves")},
	"photo-changed":   {words("Ảnh bàn tay đã thay đổi", "The picture of the hand has changed"), words("Người phụ trách xem ảnh hiện tại rồi xác nhận", "Let the supervisor look at the present one, then approve")},
	"own-approval":    {words("Cần một người khác xác nhận", "A second person has to approve"), words("Mời người phụ trách đăng ký xác nhận", "Ask a supervisor to approve")},
	"compare-pending": {words("Đang so sánh các vân tay", "The prints are still being compared"), words("Chờ giây lát rồi ký lại", "Wait a moment, then sign again")},
	"not-live":        {words("Máy ảnh chưa bắt đầu chụp", "The portrait has not been started"), words("Bấm bắt đầu chụp chân dung", "Start the portrait first")},
	"tries-used":      {words("Đã hết số lần tự chụp", "The tries by itself are used up"), words("Chụp thủ công và ghi lý do", "Take it by hand and give the reason")},
	"portrait-taken":  {words("Đã có ảnh chân dung", "There is a portrait already"), words("Nhận ảnh này, hoặc chụp lại", "Take this picture, or take it again")},
	"no-portrait":     {words("Chưa có ảnh để nhận", "There is no picture to take"), words("Chụp ảnh chân dung trước", "Take the portrait first")},
	"match-pending":   {words("Chưa so khớp xong với ảnh trên chip", "The comparison with the chip's photograph is not done yet"), words("Chờ máy đọc chip và so khớp xong", "Wait until the chip is read and compared")},
	"undecided":       {words("Cán bộ chưa quyết định về hai ảnh", "The two pictures still need your decision"), words("So hai ảnh rồi chọn", "Compare the two pictures and choose")},
	"faces-differ":    {words("Cần xác minh thêm ảnh và người tại quầy", "The picture and the person at the counter need further verification"), words("Chụp lại, hoặc hủy hồ sơ và hướng dẫn công dân làm thủ tục xác minh", "Take it again, or cancel and show the citizen how to have it verified")},
	"open-issues":     {words("Còn vấn đề chưa được xác nhận", "There are issues that nobody has acknowledged"), words("Xem danh sách vấn đề, ghi lý do rồi ký", "Go through the issues with a reason each, then sign")},
	"chip-unread":     {words("Chip chưa được đọc", "The chip has not been read"), words("Đặt thẻ lên đầu đọc và chờ đọc xong", "Place the card on the reader and wait for it to finish")},
	"no-dossier":      {words("Trạm không còn lưu thông tin hồ sơ này", "The station knows nothing of this dossier any more"), words("Lập hồ sơ mới cho công dân", "Begin a new enrolment")},
	"outbox-unread":   {words("Chưa đọc được danh mục hồ sơ", "The list of dossiers can not be read"), words("Thử lại; nếu còn lỗi, báo bộ phận kỹ thuật", "Try again; if it stays, tell the technicians")},
	"corrected":       {words("Hồ sơ này đã được bổ sung", "This dossier has been corrected already"), words("Tra cứu trạng thái của hồ sơ bổ sung", "Look up the correction's state")},
	"nothing-asked":   {words("Trung tâm không yêu cầu bổ sung hồ sơ này", "The central asks nothing of this dossier"), words("Tra cứu lại trạng thái hồ sơ", "Look its state up again")},
	"fix-elsewhere":   {words("Phần này không bổ sung riêng được tại trạm", "This section can not be corrected by itself here"), words("Lập hồ sơ mới cho công dân", "Begin a new enrolment")},
	"other-citizen":   {words("Thẻ vừa đọc là của công dân khác", "The card that was read is another citizen's"), words("Đặt thẻ của công dân có hồ sơ cần bổ sung, hoặc hủy", "Place the card of the citizen whose dossier is corrected, or cancel")},
	"no-card":         {words("Chưa thấy thẻ trên đầu đọc", "There is no card on the reader"), words("Đặt thẻ lên đầu đọc rồi tra cứu lại, hoặc quét mã QR", "Place the card on the reader and look up again, or scan its QR code")},
	"no-number":       {words("Chip không có số định danh cá nhân", "The chip holds no personal number"), words("Nhập 12 số in trên thẻ", "Type the 12 digits on the card")},
	"no-room":         {words("Trạm không còn chỗ cho hồ sơ mới", "There is no room for another dossier"), words("Nối mạng để gửi các hồ sơ đang chờ, hoặc giải phóng dung lượng đĩa", "Connect the network so that waiting dossiers go out, or free some disk space")},
	"no-supervisor":   {words("Quy định yêu cầu cấp trên duyệt hồ sơ, nhưng trạm chưa có khóa của người duyệt", "The rules may ask for a supervisor's review, and the station has no supervisor's key"), words("Báo bộ phận kỹ thuật chạy tram keys supervisor rồi khởi động lại trạm", "Have the technicians run tram keys supervisor, then restart the station")},
	"unlogged":        {words("Nhật ký kiểm tra của trạm không ghi được", "The station's audit log can not be written"), words("Vẫn tiếp nhận được; kiểm tra dung lượng đĩa và báo bộ phận kỹ thuật", "You may go on; check the disk space and tell the technicians")},
	"rules-wait":      {words("Đã nhận bộ quy định mới", "New rules have arrived"), words("Được áp dụng từ hồ sơ tiếp theo", "They are used from the next application on")},
	"no-officer":      {words("Chưa đăng nhập", "Nobody is signed in"), words("Đăng nhập lại", "Sign in again")},
	"not-eligible":    {words("Công dân chưa đủ tuổi theo quy định", "The citizen is below the required age"), words("Giải thích và hủy hồ sơ", "Explain it and cancel the enrolment")},
	"expired":         {words("Thẻ hết hạn", "The card has expired"), words("Hướng dẫn làm thủ tục cấp lại thẻ, rồi hủy hồ sơ", "Point the citizen to the renewal of the card, then cancel")},
	"birth-unknown":   {words("Ngày sinh trên thẻ không đầy đủ", "The date of birth is not complete on the card"), words("Xác định tuổi theo giấy tờ khác rồi ghi lý do", "Establish the age from another paper and give the reason")},

	"chip-unreadable": {words("Không đọc được chip sau nhiều lần thử", "The chip could not be read after several tries"), words("Lau thẻ, quét lại để thử lần nữa", "Wipe the card, then scan it again for another try")},
	"no-camera":       {words("Chưa kết nối máy ảnh", "Camera disconnected"), words("Kiểm tra cáp máy ảnh; máy sẽ tự nhận lại", "Check the camera's cable; it is found again by itself")},
	"no-judge":        {words("Máy chưa đánh giá được ảnh", "The picture could not be judged"), words("Máy sẽ tự thử lại; nếu lặp lại, khởi động lại trạm và báo bộ phận kỹ thuật", "It is tried again by itself; if this comes back, restart the station and tell the technicians")},
	"no-scanner":      {words("Chưa kết nối máy quét vân tay", "Fingerprint reader disconnected"), words("Kiểm tra cáp máy quét; máy sẽ tự nhận lại", "Check the cable; the reader is found again by itself")},
	"no-finger":       {words("Chưa thấy ngón tay", "No finger seen"), words("Đặt ngón tay phẳng lên mặt kính", "Put the finger flat on the glass")},
	"bad-print":       {words("Ảnh vân tay chưa dùng được", "The image of the print is not usable"), words("Nhấc tay lên rồi đặt lại", "Lift the finger and put it down again")},
	"not-taken":       {words("Máy quét này không thu được theo cách đó", "This reader does not take that"), words("Dùng máy quét khác, hoặc thu từng ngón", "Use another reader, or capture single fingers")},
	"not-stored":      {words("Ảnh vân tay chưa lưu được đúng như đã thu", "The print did not come back from its own record"), words("Thu lại; nếu lặp lại, báo bộ phận kỹ thuật", "Capture it again; if this comes back, tell the technicians")},
	"finger-count":    {words("Số ngón trên mặt kính chưa đúng", "Not the right number of fingers on the glass"), words("Đặt đủ các ngón được nhắc cùng lúc; ngón không thu được thì khai ngoại lệ", "Lay down all that are named together; declare an exception for one that can not be captured")},
	"other-hand":      {words("Có vẻ là bàn tay kia", "This looks like the other hand"), words("Đổi tay theo hình vẽ rồi đặt lại", "Change hands as drawn and lay the fingers down again")},
	"disk":            {words("Không lưu được bước này", "This step could not be saved"), words("Giải phóng dung lượng đĩa rồi làm lại", "Free some disk space and repeat it")},
	"outbox":          {words("Chưa niêm phong được hồ sơ", "The dossier could not be sealed yet"), words("Máy sẽ tự thử lại; kiểm tra dung lượng đĩa", "It is tried again by itself; check the disk space")},
	"journal-aside":   {words("Nhật ký hồ sơ dở dang không đọc được và đã được cất riêng", "The journal of the unfinished enrolment can not be read and was set aside"), words("Bắt đầu lại hồ sơ và báo bộ phận kỹ thuật", "Begin the enrolment again and tell the technicians")},
	"journal-torn":    {words("Lần ghi cuối trước khi máy dừng không trọn vẹn và đã được bỏ", "The last record before the station went down was not whole and was dropped"), words("Kiểm tra bước đang hiển thị; làm lại thao tác cuối nếu thiếu", "Check what the present step shows; do the last action again if it is missing")},
	"journal-version": {words("Hồ sơ dở dang thuộc phiên bản phần mềm khác và đã được cất riêng", "The unfinished enrolment belongs to another version of the program and was set aside"), words("Báo bộ phận kỹ thuật: phiên bản cũ còn hoàn tất được; nếu không cần, bắt đầu lại hồ sơ", "Tell the technicians: the earlier version can still finish it; otherwise begin the enrolment again")},
	"closed":          {words("Trạm đang tắt", "The station is shutting down"), words("Chờ trạm khởi động lại", "Wait until it has started again")},
}

// problem returns the words of a code; the reader has those of its own faults.
func problem(code string) *Problem {
	w, ok := problems[code]
	if f, chip := reader.FaultByCode(code); chip && !ok {
		w = [2]verdict.Words{f.Words, f.Next}
	}
	return &Problem{Code: code, Words: w[0], Next: w[1]}
}

// fingerWords names the ten fingers.
var fingerWords = [...]verdict.Words{
	words("Không rõ", "Unknown"),
	words("Ngón cái phải", "Right thumb"), words("Ngón trỏ phải", "Right index"),
	words("Ngón giữa phải", "Right middle"), words("Ngón áp út phải", "Right ring"),
	words("Ngón út phải", "Right little"),
	words("Ngón cái trái", "Left thumb"), words("Ngón trỏ trái", "Left index"),
	words("Ngón giữa trái", "Left middle"), words("Ngón áp út trái", "Left ring"),
	words("Ngón út trái", "Left little"),
}
