package chip

// The passwords of MSE:Set AT (Doc 9303-11 §4.4.4.1; BSI TR-03110-3 §B.14.1)
// and the tries of the PIN.

const (
	passwordMRZ = 1
	passwordCAN = 2
	passwordPIN = 3
	passwordPUK = 4
)

// pinTries is how often a PIN may be wrong before it is blocked.
const pinTries = 3

// password returns the secret behind a reference and the status word that
// MSE:Set AT answers with; a nil secret is a refusal. A PIN that was wrong
// before answers how many tries are left (63Cx).
func (c *Card) password(ref byte) ([]byte, uint16) {
	switch {
	case ref == passwordMRZ:
		return c.mrzSeed, swOK
	case ref == passwordCAN:
		return c.can, swOK
	case ref == passwordPIN && c.spec.PIN != "":
		switch left := pinTries - c.wrongPINs; left {
		case 0:
			return nil, swBlocked
		case pinTries:
			return []byte(c.spec.PIN), swOK
		default:
			return []byte(c.spec.PIN), swTriesLeft | uint16(left)
		}
	case ref == passwordPUK && c.spec.PUK != "":
		return []byte(c.spec.PUK), swOK
	}
	return nil, swReference
}

// suspended reports that the last try of the PIN waits for the CAN.
func (c *Card) suspended(ref byte) bool {
	return ref == passwordPIN && c.spec.SuspendPIN && c.wrongPINs == pinTries-1 && !c.state.canShown
}

// judge counts the outcome of a run: a right PIN or PUK gives all tries back.
func (c *Card) judge(ref byte, right bool) uint16 {
	switch right = right && !c.script.has(FaultKeyRefused); {
	case right && ref == passwordCAN:
		c.state.canShown = true
	case right && (ref == passwordPIN || ref == passwordPUK):
		c.wrongPINs = 0
	case right:
	case ref == passwordPIN:
		c.wrongPINs++
		return swTriesLeft | uint16(pinTries-c.wrongPINs)
	default:
		return c.wrongKey()
	}
	return swOK
}
