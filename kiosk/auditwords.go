package kiosk

import "github.com/tram-station/tram/reader/verdict"

// machineActs are the words of the acts that the outbox and the program write;
// the enrolment's have theirs in enrol.
var machineActs = map[string]verdict.Words{
	"started":              {VI: "Khởi động chương trình trạm", EN: "The station program started"},
	"draft":                {VI: "Mở hồ sơ mới trong hàng chờ", EN: "A draft began"},
	"sealed":               {VI: "Niêm phong hồ sơ", EN: "Sealed"},
	"sending":              {VI: "Bắt đầu gửi hồ sơ", EN: "Sending began"},
	"custody":              {VI: "Trung tâm đã ký nhận lưu giữ", EN: "The central signed for it"},
	"refused":              {VI: "Trung tâm không nhận hồ sơ", EN: "The central refused it"},
	"damaged":              {VI: "Hồ sơ trên đĩa bị hỏng", EN: "The copy on the disk is damaged"},
	"validated":            {VI: "Trung tâm báo hồ sơ hợp lệ", EN: "The central found it complete"},
	"matched":              {VI: "Trung tâm đã đối chiếu", EN: "The central compared it"},
	"approved":             {VI: "Hồ sơ được phê duyệt", EN: "Approved"},
	"fix-needed":           {VI: "Trung tâm yêu cầu bổ sung", EN: "The central asked for a correction"},
	"rejected":             {VI: "Hồ sơ không đạt", EN: "Rejected"},
	"pruned":               {VI: "Hết thời hạn lưu, xóa khỏi danh sách", EN: "Its time here was over"},
	"counter":              {VI: "Ghi mốc bộ đếm phần cứng", EN: "Anchored in the hardware counter"},
	"reported":             {VI: "Gửi báo cáo ngày cho trung tâm", EN: "Reported to the central"},
	"custody-differs":      {VI: "Đối soát với trung tâm có chênh lệch", EN: "The central's list of the day differs"},
	"courier-export":       {VI: "Xuất gói mang tay", EN: "Wrote a bundle for a courier"},
	"courier-import":       {VI: "Nhập gói mang tay", EN: "Took a courier's bundle"},
	"carried":              {VI: "Nhận mang hộ hồ sơ trạm khác", EN: "Took another station's dossier along"},
	"carried-sealed":       {VI: "Gửi lại hồ sơ mang hộ", EN: "A carried dossier waits again"},
	"carried-sending":      {VI: "Gửi hồ sơ mang hộ", EN: "Sending a carried dossier"},
	"carried-refused":      {VI: "Trung tâm không nhận hồ sơ mang hộ", EN: "The central refused a carried dossier"},
	"carried-damaged":      {VI: "Hồ sơ mang hộ bị hỏng", EN: "A carried dossier is damaged"},
	"carried-custody":      {VI: "Trung tâm đã ký nhận hồ sơ mang hộ", EN: "The central signed for a carried dossier"},
	"held":                 {VI: "Giữ hồ sơ chờ người phụ trách", EN: "Held for a supervisor"},
	"held-reviewed":        {VI: "Người phụ trách mở hồ sơ đang chờ", EN: "A supervisor opened a held dossier"},
	"held-approved":        {VI: "Người phụ trách duyệt hồ sơ đang chờ", EN: "A supervisor released a held dossier"},
	"held-rejected":        {VI: "Người phụ trách không duyệt hồ sơ đang chờ", EN: "A supervisor turned a held dossier down"},
	"released":             {VI: "Hồ sơ không còn chờ người phụ trách", EN: "No longer held"},
	"uncarried":            {VI: "Xóa hồ sơ mang hộ đã xong", EN: "Dropped a carried dossier"},
	"document-received":    {VI: "Nhận văn bản từ trung tâm", EN: "Took a document of the central"},
	"certificate-received": {VI: "Nhận chứng thư của trạm", EN: "Took the station's certificate"},
	"audit-fork":           {VI: "Nhật ký không nối tiếp bản đã được xác nhận", EN: "The log does not continue the witnessed one"},
	"index-rebuilt":        {VI: "Dựng lại chỉ mục bị hỏng", EN: "Built the damaged index anew"},
	"index-torn":           {VI: "Chỉ mục bị ngắt khi mất điện", EN: "The index was torn by a power cut"},
	"places-import":        {VI: "Nhập danh mục địa giới", EN: "Took a list of places"},
}
