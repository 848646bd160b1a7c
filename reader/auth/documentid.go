package auth

import (
	"errors"

	"github.com/tram-station/tram/mrz"
)

// DocumentID returns ID_PICC of a chip that was opened by BAC: the document
// number as in the machine-readable zone, filled to nine characters, with its
// check digit (Doc 9303-11 §7.1.3).
func DocumentID(number string) ([]byte, error) {
	for len(number) < 9 {
		number += "<"
	}
	digit, err := mrz.CheckDigit(number)
	if err != nil {
		// The number stays out of the message.
		return nil, errors.New("the document number has a character that no zone has")
	}
	return append([]byte(number), digit), nil
}
