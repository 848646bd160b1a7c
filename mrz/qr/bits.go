package qr

import (
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common/reedsolomon"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// bits returns the symbol as it should have been printed: every module of a
// message whose blocks are all solved.
func (m *message) bits() (*gozxing.BitMatrix, error) {
	n := m.l.dimension
	matrix, err := gozxing.NewSquareBitMatrix(n)
	if err != nil {
		return nil, err
	}
	modules := make([]int8, n*n)
	m.teach(modules)
	for i, module := range modules {
		if module > 0 {
			matrix.Set(i%n, i/n)
		}
	}
	return matrix, nil
}

// decode gives the finished symbol to gozxing, which finds format, version,
// mask, order and blocks by itself, and returns the data codewords that it
// reads. A symbol in which it would have to correct anything is none: what
// leaves this package was read the same way by two decoders that share nothing.
func (m *message) decode() (data []byte, ok bool) {
	matrix, err := m.bits()
	if err != nil {
		return nil, false
	}
	parser, err := decoder.NewBitMatrixParser(matrix)
	if err != nil {
		return nil, false
	}
	words, err := parser.ReadCodewords()
	if err != nil {
		return nil, false
	}
	version, err := parser.ReadVersion()
	if err != nil {
		return nil, false
	}
	format, err := parser.ReadFormatInformation()
	if err != nil {
		return nil, false
	}
	blocks, err := decoder.DataBlock_GetDataBlocks(words, version, format.GetErrorCorrectionLevel())
	if err != nil {
		return nil, false
	}
	judge := reedsolomon.NewReedSolomonDecoder(reedsolomon.GenericGF_QR_CODE_FIELD_256)
	for _, block := range blocks {
		words, n := block.GetCodewords(), block.GetNumDataCodewords()
		if !unspoilt(judge, words, len(words)-n) {
			return nil, false
		}
		data = append(data, words[:n]...)
	}
	return data, true
}

// unspoilt reports whether a block is one that nothing need be corrected in.
func unspoilt(judge *reedsolomon.ReedSolomonDecoder, block []byte, check int) bool {
	words := make([]int, len(block))
	for i, w := range block {
		words[i] = int(w)
	}
	before := slices.Clone(words)
	return judge.Decode(words, check) == nil && slices.Equal(words, before)
}
