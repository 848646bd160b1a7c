package chip

import (
	"crypto/rand"
	"slices"
)

// chipAuth runs chip authentication with a key of the chip and takes the new
// session.
func (x *terminal) chipAuth(k chipKey) uint16 {
	x.t.Helper()
	own := keyPair{group: k.group, private: x.scalar(k.group)}
	own.public = k.group.times(k.group.generator(), own.private)
	public := k.group.encode(own.public)
	var reference []byte
	if k.KeyID != 0 {
		reference = encode(0x84, k.keyID())
	}
	if k.byKAT() {
		if _, sw := x.sendLong(command{ins: insManageSecurity, p1: 0x41, p2: 0xA6, data: slices.Concat(encode(0x91, public), reference)}); sw != swOK {
			return sw
		}
	} else {
		set := slices.Concat(encode(0x80, k.oid()[2:]), reference)
		if _, sw := x.send(command{ins: insManageSecurity, p1: 0x41, p2: 0xA4, data: set}); sw != swOK {
			return sw
		}
		if _, sw := x.sendLong(command{ins: insGeneralAuthenticate, data: encode(0x7C, encode(0x80, public)), le: 256}); sw != swOK {
			return sw
		}
	}
	z := own.agree(k.public)
	x.s = newSession(k.Cipher, k.Cipher.derive(z, counterEnc), k.Cipher.derive(z, counterMAC))
	x.comp = k.group.compress(own.public)
	return swOK
}

// sendLong sends a command in as many chained ones as its data needs.
func (x *terminal) sendLong(c command) ([]byte, uint16) {
	x.t.Helper()
	const most = 200
	for data := c.data; len(data) > most; data = c.data {
		part := command{cla: 0x10, ins: c.ins, p1: c.p1, p2: c.p2, data: data[:most]}
		if r, sw := x.send(part); sw != swOK || len(r) != 0 {
			return nil, sw
		}
		c.data = data[most:]
	}
	return x.send(c)
}

// showChain sends certificates to the chip, each under the authority it names.
func (x *terminal) showChain(chain [][]byte) uint16 {
	x.t.Helper()
	for _, cert := range chain {
		outer, err := parseObjects(cert)
		if err != nil {
			x.t.Fatal(err)
		}
		data := find(outer, 0x7F21)
		body, _, _, err := parseCertificate(data)
		if err != nil {
			x.t.Fatal(err)
		}
		if _, sw := x.send(command{ins: insManageSecurity, p1: 0x81, p2: 0xB6, data: encode(0x83, []byte(body.authority))}); sw != swOK {
			return sw
		}
		if _, sw := x.sendLong(command{ins: insPerformSecurity, p2: 0xBE, data: data}); sw != swOK {
			return sw
		}
	}
	return swOK
}

// terminalAuth proves the key of a terminal whose certificates were shown.
func (x *terminal) terminalAuth(k *TerminalKey) uint16 {
	x.t.Helper()
	if _, sw := x.send(command{ins: insManageSecurity, p1: 0x81, p2: 0xA4, data: encode(0x83, []byte(reference("IS", 1)))}); sw != swOK {
		return sw
	}
	challenge, sw := x.send(command{ins: insGetChallenge, le: challengeSize})
	if sw != swOK {
		return sw
	}
	signature, err := k.key.sign(slices.Concat(x.idPICC, challenge, x.comp), rand.Reader)
	if err != nil {
		x.t.Fatal(err)
	}
	_, sw = x.sendLong(command{ins: insExternalAuthenticate, data: signature})
	return sw
}
