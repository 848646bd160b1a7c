package lds

import "fmt"

// Iris is one record of DG4. Its inside (ISO/IEC 19794-6 or 39794-6) is left
// to who compares irises.
type Iris struct {
	Template Template
	Record   []byte
}

// ParseDG4 decodes DG4, header included: no records where the issuer left it
// empty.
func ParseDG4(b []byte) ([]Iris, error) {
	blocks, err := templates(b, EFDG4)
	if err != nil {
		return nil, fmt.Errorf("DG4: %w", err)
	}
	irises := make([]Iris, 0, len(blocks))
	for _, bl := range blocks {
		irises = append(irises, Iris{bl.Template, bl.data})
	}
	return irises, nil
}
