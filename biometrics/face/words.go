package face

import "github.com/tram-station/tram/reader/verdict"

// Words returns the message of a code in words; empty for an unknown one.
func Words(code string) verdict.Words { return messages[code] }

// The codes of the messages: what a citizen is asked to mend, or how the
// picture is.
const (
	codeOK          = "ok"
	codeNoFace      = "no-face"
	codeSeveral     = "several-faces"
	codeNearer      = "nearer"
	codeFarther     = "farther"
	codeCentre      = "centre"
	codeStraighten  = "straighten"
	codeLook        = "look-at-camera"
	codeBright      = "too-bright"
	codeDark        = "too-dark"
	codeSide        = "side-light"
	codeCast        = "colour-cast"
	codeStill       = "hold-still"
	codeBlurred     = "blurred"
	codeSunglasses  = "sunglasses"
	codeCovered     = "face-covered"
	codeEyes        = "eyes-closed"
	codeMouth       = "mouth-open"
	codeSmile       = "smile"
	codeBackground  = "background"
	codeCompression = "compression"
)

var messages = map[string]verdict.Words{
	codeOK:          {VI: "Tốt. Mời giữ nguyên tư thế.", EN: "Good. Please stay like this."},
	codeNoFace:      {VI: "Chưa thấy khuôn mặt. Mời nhìn vào máy ảnh.", EN: "No face in view. Please look at the camera."},
	codeSeveral:     {VI: "Có nhiều khuôn mặt. Mời chỉ một người trong khung hình.", EN: "Several faces. Only one person in the picture, please."},
	codeNearer:      {VI: "Mời lại gần hơn.", EN: "Please come closer."},
	codeFarther:     {VI: "Mời lùi ra xa một chút.", EN: "Please move back a little."},
	codeCentre:      {VI: "Mời vào giữa khung hình.", EN: "Please move to the middle of the picture."},
	codeStraighten:  {VI: "Mời giữ đầu thẳng.", EN: "Please hold your head straight."},
	codeLook:        {VI: "Mời nhìn thẳng vào máy ảnh.", EN: "Please look straight at the camera."},
	codeBright:      {VI: "Ánh sáng quá gắt. Mời giảm đèn chiếu vào mặt.", EN: "Too much light on the face. Please turn the lamp down."},
	codeDark:        {VI: "Thiếu ánh sáng. Mời bật thêm đèn phía trước.", EN: "Too little light. Please add a lamp in front."},
	codeSide:        {VI: "Ánh sáng lệch một bên. Mời xoay đèn hoặc ghế.", EN: "Light from one side. Please turn the lamp or the chair."},
	codeCast:        {VI: "Ánh sáng làm sai màu da. Mời dùng đèn trắng.", EN: "The light changes the colours. Please use a white lamp."},
	codeStill:       {VI: "Mời giữ yên.", EN: "Please hold still."},
	codeBlurred:     {VI: "Ảnh chưa nét. Mời giữ yên, hoặc lau và chỉnh lại máy ảnh.", EN: "The picture is not sharp. Please hold still, or clean and focus the camera."},
	codeSunglasses:  {VI: "Mời bỏ kính râm. Kính trong suốt vẫn được đeo.", EN: "Please take off the sunglasses. Clear glasses may stay on."},
	codeCovered:     {VI: "Mời bỏ khẩu trang hoặc vật che mặt.", EN: "Please take off the mask or what covers the face."},
	codeEyes:        {VI: "Mời mở mắt tự nhiên.", EN: "Please keep both eyes open."},
	codeMouth:       {VI: "Mời khép miệng.", EN: "Please close your mouth."},
	codeSmile:       {VI: "Mời giữ nét mặt tự nhiên, không cười.", EN: "Please keep a neutral face, without a smile."},
	codeBackground:  {VI: "Phông nền chưa đều. Nên dùng phông trơn, sáng màu.", EN: "The background is not plain. A plain light one is better."},
	codeCompression: {VI: "Ảnh bị nén quá mạnh. Nên đặt máy ảnh ở chất lượng cao hơn.", EN: "The picture is compressed too much. Set the camera to a better quality."},
}
