package iso19794

import "math"

// Gender is that of the person (ISO/IEC 19794-5:2005 §5.5.3).
type Gender byte

// Codes of [Gender].
const (
	GenderUnspecified Gender = 0
	Male              Gender = 1
	Female            Gender = 2
	GenderUnknown     Gender = 0xFF
)

// EyeColour is that of the irises (§5.5.4).
type EyeColour byte

// Codes of [EyeColour].
const (
	EyesUnspecified EyeColour = iota
	EyesBlack
	EyesBlue
	EyesBrown
	EyesGrey
	EyesGreen
	EyesMultiColoured
	EyesPink
	EyesOther EyeColour = 0xFF
)

// HairColour is that of the hair (§5.5.5).
type HairColour byte

// Codes of [HairColour].
const (
	HairUnspecified HairColour = iota
	HairBald
	HairBlack
	HairBlonde
	HairBrown
	HairGrey
	HairWhite
	HairRed
	HairGreen
	HairBlue
	HairOther HairColour = 0xFF
)

// Features is the feature mask, of 24 bits (§5.5.6).
type Features uint32

// Bits of [Features].
const (
	FeaturesSpecified Features = 1 << iota // without it the others say nothing
	Glasses
	Moustache
	Beard
	TeethVisible
	Blink // one or both eyes closed
	MouthOpen
	LeftEyePatch
	RightEyePatch
	DarkGlasses
	DistortingCondition // medical, that distorts feature points
)

// Expression is that of the face (§5.5.7).
type Expression uint16

// Codes of [Expression].
const (
	ExpressionUnspecified Expression = iota
	Neutral
	SmileClosed // the inside of the mouth is not visible
	SmileOpen
	RaisedEyebrows
	LookingAway
	Squinting
	Frowning
)

// Angle is an angle of the head's pose (§5.5.8): 0 is unspecified, the others
// are steps of two degrees.
type Angle byte

// NewAngle returns the nearest step to an angle of −180 to 180 degrees; what is
// beyond is unspecified.
func NewAngle(degrees float64) Angle {
	steps := math.Round(degrees / 2)
	switch {
	case steps >= 0 && steps <= 90:
		return Angle(steps + 1)
	case steps < 0 && steps > -90:
		return Angle(181 + steps)
	case steps == -90: // the same pose as 180
		return 91
	}
	return 0
}

// Degrees returns the angle, and false where none is specified.
func (a Angle) Degrees() (int, bool) {
	switch {
	case a >= 1 && a <= 91:
		return 2 * (int(a) - 1), true
	case a > 91 && a <= 180:
		return 2 * (int(a) - 181), true
	}
	return 0, false
}

// MPEG4 is the type of a [FacePoint] whose code is of MPEG-4 (§5.6.2).
const MPEG4 = 1

// Codes of feature points (§5.6.3). Left and right are the person's, so that
// the left eye is on the right of the picture.
const (
	PointChin       = 0x21 // 2.1, the lowest point of the chin
	PointMouthLeft  = 0x83 // 8.3, outer contour
	PointMouthRight = 0x84
	PointNoseTip    = 0x93
	PointEyeLeft    = 0xC1 // 12.1, the middle of the eye's corners
	PointEyeRight   = 0xC2
)

// FaceKind is the face image type (§5.7.1).
type FaceKind byte

// Codes of [FaceKind].
const (
	Basic FaceKind = iota
	FullFrontal
	TokenFrontal
)

// Coding is the image data type (§5.7.2).
type Coding byte

// Codes of [Coding].
const (
	JPEG Coding = iota
	JPEG2000
)

// ColourSpace is that of the image (§5.7.4).
type ColourSpace byte

// Codes of [ColourSpace].
const (
	ColourUnspecified ColourSpace = iota
	RGB24
	YUV422
	Grey8
	ColourOther
)

// Source says where the image is from (§5.7.5).
type Source byte

// Codes of [Source].
const (
	SourceUnspecified Source = iota
	PhotoUnknown
	PhotoCamera // a digital still camera
	PhotoScanner
	VideoUnknown
	VideoAnalogue
	VideoDigital
	SourceUnknown
)
