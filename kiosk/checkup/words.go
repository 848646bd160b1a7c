package checkup

import "github.com/tram-station/tram/reader/verdict"

// finding is what stands against a part, and what to do.
type finding struct{ words, next verdict.Words }

var (
	noReader = finding{
		verdict.Words{VI: "Chưa kết nối đầu đọc", EN: "The reader is disconnected"},
		verdict.Words{VI: "Cắm lại cáp đầu đọc rồi thử lại", EN: "Plug the reader in again, then try again"}}
	readerBusy = finding{
		verdict.Words{VI: "Chương trình khác đang dùng đầu đọc", EN: "Another program uses the reader"},
		verdict.Words{VI: "Đóng chương trình đó rồi thử lại", EN: "Close it, then try again"}}
	noCard = finding{
		verdict.Words{VI: "Chưa thấy thẻ nào", EN: "No card was seen"},
		verdict.Words{VI: "Đặt một thẻ căn cước phẳng lên đầu đọc rồi thử lại", EN: "Lay an ID card flat on the reader, then try again"}}
	cardMoved = finding{
		verdict.Words{VI: "Mất kết nối với thẻ", EN: "The card was lost"},
		verdict.Words{VI: "Để yên thẻ trên đầu đọc rồi thử lại", EN: "Leave the card on the reader, then try again"}}
	noCamera = finding{
		verdict.Words{VI: "Chưa kết nối máy ảnh", EN: "The camera is disconnected"},
		verdict.Words{VI: "Cắm lại máy ảnh, đóng chương trình khác đang dùng nó", EN: "Plug the camera in again, and close what else uses it"}}
	noPicture = finding{
		verdict.Words{VI: "Máy ảnh không cho hình", EN: "The camera gives no picture"},
		verdict.Words{VI: "Rút ra, cắm lại máy ảnh rồi thử lại", EN: "Unplug the camera, plug it in, and try again"}}
	tooDark = finding{
		verdict.Words{VI: "Hình quá tối", EN: "The picture is too dark"},
		verdict.Words{VI: "Mở nắp ống kính, bật thêm đèn phía trước người ngồi", EN: "Open the lens cover, and light the sitter from the front"}}
	tooBright = finding{
		verdict.Words{VI: "Hình quá sáng", EN: "The picture is too bright"},
		verdict.Words{VI: "Kéo rèm, tránh ánh nắng chiếu vào ống kính", EN: "Draw the curtain, and keep the sun off the lens"}}
	noScanner = finding{
		verdict.Words{VI: "Chưa kết nối máy quét vân tay", EN: "The fingerprint reader is disconnected"},
		verdict.Words{VI: "Cắm lại máy quét vân tay rồi thử lại", EN: "Plug the fingerprint reader in again, then try again"}}
	noFinger = finding{
		verdict.Words{VI: "Chưa thấy ngón tay", EN: "No finger was seen"},
		verdict.Words{VI: "Lau mặt kính, đặt một ngón tay lên rồi thử lại", EN: "Wipe the glass, lay a finger on it, and try again"}}
	noPrint = finding{
		verdict.Words{VI: "Chưa nhận được vân tay", EN: "No print was taken"},
		verdict.Words{VI: "Lau mặt kính rồi thử lại", EN: "Wipe the glass, then try again"}}
)
