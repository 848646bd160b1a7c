package enrol

import (
	"crypto/rand"
	"math/big"
)

// hundred is what a percentage is of.
const hundred = 100

// drawn draws whether a dossier is of the day's sample, which a supervisor looks
// at. It is drawn once, when the officer signs, and journalled with that.
func (s *Station) drawn() bool {
	n, err := rand.Int(s.rand, big.NewInt(hundred))
	if err != nil {
		s.log.Error("no sample was drawn", "err", err)
		return true // rather one too many
	}
	return n.Int64() < int64(s.rules.Exceptions.SamplePercent)
}
