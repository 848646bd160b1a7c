package chip

// Fault scripts what goes wrong on a card. The zero value is a sound card.
type Fault string

// The faults.
const (
	FaultNone Fault = ""
	// FaultSODHash signs a hash for DG2 that is not the hash of DG2.
	FaultSODHash Fault = "sod-hash"
	// FaultSODSignature breaks the signature of EF.SOD.
	FaultSODSignature Fault = "sod-signature"
	// FaultPull dies in the middle of DG2 of every read: Process returns nil
	// until Reset.
	FaultPull Fault = "pull"
	// FaultPullOnce is [FaultPull] for the first read only.
	FaultPullOnce Fault = "pull-once"
	// FaultZero dies like [FaultPull], but Process returns an empty response:
	// some drivers report a dead chip as success with no bytes. vpcd cannot
	// carry that: there it is the same as [FaultPull].
	FaultZero Fault = "zero"
	// FaultPlain6A82 announces DG13 but does not hold it, and answers a
	// missing file with an unprotected 6A82 while it keeps the session. The
	// unprotected answer does not count in the send sequence counter.
	FaultPlain6A82 Fault = "plain-6a82"
	// FaultLength makes the header of DG2 claim 4 KB more than the file holds.
	FaultLength Fault = "length"
)

// Faults lists the scripted faults.
func Faults() []Fault {
	return []Fault{FaultSODHash, FaultSODSignature, FaultPull, FaultPullOnce, FaultZero, FaultPlain6A82, FaultLength}
}

func knownFault(f Fault) bool {
	if f == FaultNone {
		return true
	}
	for _, k := range Faults() {
		if f == k {
			return true
		}
	}
	return false
}
