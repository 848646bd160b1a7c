package devicetest

import "image"

// A numbered picture is a row of dark and light fields: the number's bits and
// their complement.
const (
	numberBits = 8
	light      = 210
	dark       = 40
)

// Numbered draws a picture that says which one it is, 0 to 255; it survives
// JPEG and any scaling.
func Numbered(n int, size image.Point) *image.Gray {
	img := image.NewGray(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			img.Pix[y*img.Stride+x] = dark
			if fieldOf(n, x*2*numberBits/size.X) {
				img.Pix[y*img.Stride+x] = light
			}
		}
	}
	return img
}

// fieldOf says whether a field is light.
func fieldOf(n, field int) bool {
	if field < numberBits {
		return n>>field&1 == 1
	}
	return n>>(field-numberBits)&1 == 0
}

// NumberOf reads a numbered picture; ok is false for any other.
func NumberOf(img image.Image) (n int, ok bool) {
	b := img.Bounds()
	for field := range 2 * numberBits {
		x := b.Min.X + (2*field+1)*b.Dx()/(4*numberBits)
		r, g, blue, _ := img.At(x, b.Min.Y+b.Dy()/2).RGBA()
		bright := (r+g+blue)/3>>8 > (light+dark)/2
		switch {
		case field < numberBits && bright:
			n |= 1 << field
		case field >= numberBits && fieldOf(n, field) != bright:
			return 0, false
		}
	}
	return n, true
}
