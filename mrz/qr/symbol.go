package qr

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common/reedsolomon"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// symbol is a code after its errors are corrected, before anybody reads what
// it says.
type symbol struct {
	codewords []byte // of data, in order
	version   int    // 1 to 40
	level     byte   // 'L', 'M', 'Q' or 'H'
	mirrored  bool
}

// correct reads the modules of a code, as they stand or mirrored, and corrects
// their errors. It changes bits. What the codewords say is not looked at:
// gozxing's own reading of them refuses character sets that it does not know.
func correct(bits *gozxing.BitMatrix) (*symbol, error) {
	parser, err := decoder.NewBitMatrixParser(bits)
	if err != nil {
		return nil, fmt.Errorf("read the modules: %w", err)
	}
	s, err := corrected(parser)
	if err == nil {
		return s, nil
	}
	parser.Remask() // undoes what the first try changed
	parser.SetMirror(true)
	if _, mirrored := parser.ReadVersion(); mirrored != nil {
		return nil, err
	}
	if _, mirrored := parser.ReadFormatInformation(); mirrored != nil {
		return nil, err
	}
	parser.Mirror()
	s, mirrored := corrected(parser)
	if mirrored != nil {
		return nil, err
	}
	s.mirrored = true
	return s, nil
}

// corrected takes the codewords off the matrix and corrects each block.
func corrected(parser *decoder.BitMatrixParser) (*symbol, error) {
	version, err := parser.ReadVersion()
	if err != nil {
		return nil, fmt.Errorf("read the version: %w", err)
	}
	format, err := parser.ReadFormatInformation()
	if err != nil {
		return nil, fmt.Errorf("read the format: %w", err)
	}
	raw, err := parser.ReadCodewords()
	if err != nil {
		return nil, fmt.Errorf("read the codewords: %w", err)
	}
	level := format.GetErrorCorrectionLevel()
	blocks, err := decoder.DataBlock_GetDataBlocks(raw, version, level)
	if err != nil {
		return nil, fmt.Errorf("separate the blocks: %w", err)
	}
	s := &symbol{version: version.GetVersionNumber(), level: level.String()[0]}
	corrector := reedsolomon.NewReedSolomonDecoder(reedsolomon.GenericGF_QR_CODE_FIELD_256)
	for _, block := range blocks {
		codewords, data := block.GetCodewords(), block.GetNumDataCodewords()
		words := make([]int, len(codewords))
		for i, c := range codewords {
			words[i] = int(c)
		}
		if err := corrector.Decode(words, len(words)-data); err != nil {
			return nil, fmt.Errorf("correct the errors: %w", err)
		}
		for _, w := range words[:data] {
			s.codewords = append(s.codewords, byte(w))
		}
	}
	return s, nil
}
