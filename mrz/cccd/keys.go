package cccd

import "log/slog"

// Keys opens the chip from print alone, in the order to try: PACE with the CAN,
// then each MRZ key. It redacts itself in logs. None of it is secret to someone
// who holds the card.
type Keys struct {
	CAN string   `json:"can"`
	MRZ []MRZKey `json:"mrz"` // empty where a date is incomplete
}

// MRZKey is the key of the machine-readable zone, as mrz.Zone.Keys gives it.
type MRZKey struct {
	Document string `json:"document"` // nine digits
	Birth    string `json:"birth"`    // YYMMDD
	Expiry   string `json:"expiry"`   // YYMMDD
}

// Keys derives the keys. There are at most four MRZ keys: some chips slow down
// after wrong ones.
func (c *Card) Keys() Keys {
	k := Keys{CAN: c.Number.CAN(), MRZ: []MRZKey{}}
	for _, e := range Expiries(c.Birth, c.Issued) {
		k.MRZ = append(k.MRZ, MRZKey{c.Number.Document(), c.Birth.YYMMDD(), e.YYMMDD()})
	}
	return k
}

const redacted = "keys [redacted]"

// String redacts the keys.
func (Keys) String() string { return redacted }

// GoString redacts the keys from %#v.
func (Keys) GoString() string { return redacted }

// LogValue redacts the keys from logs.
func (Keys) LogValue() slog.Value { return slog.StringValue(redacted) }

// String redacts the key.
func (MRZKey) String() string { return redacted }

// GoString redacts the key from %#v.
func (MRZKey) GoString() string { return redacted }

// LogValue redacts the key from logs.
func (MRZKey) LogValue() slog.Value { return slog.StringValue(redacted) }
