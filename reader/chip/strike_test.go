package chip

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

// readDG2 reads DG2 in blocks of 200 bytes until the answer is not one of a
// sound chip, and returns where that was and what it was (nil: never).
func readDG2(t *testing.T, x *terminal, size int) (at int, odd []byte) {
	t.Helper()
	for at < size {
		c := command{ins: insReadBinary, p1: byte(at >> 8), p2: byte(at), le: min(200, size-at)}
		if at == 0 {
			c.p1, c.p2 = 0x82, 0
		}
		r := x.card.Process(x.protect(c))
		if len(r) < 20 {
			return at, append([]byte{}, r...)
		}
		mac := r[len(r)-10 : len(r)-2]
		x.s.count()
		if !bytes.Equal(mac, x.s.mac(nil, r[:len(r)-12])) {
			return at, r
		}
		objects, err := parseObjects(r[:len(r)-2])
		if err != nil {
			t.Fatal(err)
		}
		data, ok := x.s.decrypt(object{0x87, find(objects, 0x87)}, insReadBinary)
		if !ok || len(data) == 0 {
			t.Fatal("an empty block")
		}
		at += len(data)
	}
	return at, nil
}

// TestMidway: each fault strikes in the middle of DG2 with its own answer, at
// another place where it is told one, and the ones that strike once leave the
// second read alone.
func TestMidway(t *testing.T) {
	size := len(struck(t, FaultNone).files[fileDG2])
	for f, c := range map[Fault]struct {
		answer []byte // nil: nothing to compare
		once   bool
	}{
		FaultNone:      {},
		FaultPull:      {answer: []byte{}},
		FaultPullOnce:  {answer: []byte{}, once: true},
		FaultZero:      {answer: []byte{}},
		FaultReset:     {answer: []byte{0x69, 0x88}, once: true},
		FaultPlain6982: {answer: []byte{0x69, 0x82}},
		FaultPlain6D00: {answer: []byte{0x6D, 0x00}},
		FaultMAC:       {},
	} {
		t.Run("fault "+string(f), func(t *testing.T) {
			card := struck(t, f)
			at, odd := readDG2(t, open(t, card), size)
			if f == FaultNone {
				if at != size || odd != nil {
					t.Fatalf("a sound card fails at %d", at)
				}
				return
			}
			if at < size/3 || at > size*2/3 || odd == nil || c.answer != nil && !bytes.Equal(odd, c.answer) {
				t.Errorf("at %d of %d: %X", at, size, odd)
			}
			at, _ = readDG2(t, open(t, card), size)
			if (at == size) != c.once {
				t.Errorf("the second read reaches %d of %d", at, size)
			}
			early := struck(t, f+"@1000")
			if at, _ := readDG2(t, open(t, early), size); at < 1000 || at > 1200 {
				t.Errorf("told to strike at 1000, it does at %d", at)
			}
		})
	}
}

// TestSwap: what comes back after the pull is another card.
func TestSwap(t *testing.T) {
	for _, f := range []Fault{FaultPullOnce, FaultSwap, FaultTwin} {
		card := struck(t, f)
		key := bytes.Clone(card.files[fileDG15])
		readDG2(t, open(t, card), len(card.files[fileDG2]))
		card.Reset()
		x := &terminal{t: t, card: card}
		sw := x.pace(passwordCAN, []byte(card.CAN()))
		if (sw == swOK) != (f != FaultSwap) {
			t.Errorf("%q: the printed CAN answers %04X", f, sw)
		}
		if sw != swOK {
			continue
		}
		got, sw := x.read(fileDG15, 223)
		if sw != swOK || bytes.Equal(got, key) != (f == FaultPullOnce) {
			t.Errorf("%q: the same key in DG15: %t, %04X", f, bytes.Equal(got, key), sw)
		}
	}
}

// TestLengthFaults compares the header of DG2 with what the chip serves.
func TestLengthFaults(t *testing.T) {
	for f, want := range map[Fault]int{FaultNone: 0, FaultLength: 4096, FaultLengthShort: -256} {
		file := struck(t, f).files[fileDG2]
		size, n, err := parseLength(file[1:])
		if err != nil {
			t.Fatal(err)
		}
		if beyond := size + n + 1 - len(file); beyond != want {
			t.Errorf("%q: the header is off by %d", f, beyond)
		}
	}
	// In the longer form too.
	spec, _ := ProfileSpec(ProfileCCCD)
	spec.Content.DG2Size = 70000
	card, err := issuerWith(t, IssuerOptions{}).IssueSpec(Sample(), spec, FaultLength)
	if err != nil {
		t.Fatal(err)
	}
	if file := card.files[fileDG2]; file[1] != 0x83 || int(file[2])<<16|int(file[3])<<8|int(file[4]) != 70000-5+4096 {
		t.Errorf("the header %X", file[:5])
	}
}

// TestEndless: DG2 claims 2 GB, and there are bytes as far as anybody asks.
func TestEndless(t *testing.T) {
	x := open(t, struck(t, FaultEndless))
	head, sw := x.send(command{ins: insReadBinary, p1: 0x82, le: 6})
	if sw != swOK || head[1] != 0x84 || binary.BigEndian.Uint32(head[2:]) != 0x7FFFFFFF {
		t.Fatalf("%X, %04X", head, sw)
	}
	for _, at := range []int{30000, 100000, 0xFFFF00} {
		c := command{ins: insReadBinaryOdd, p2: 0x02, data: encode(0x54, []byte{byte(at >> 16), byte(at >> 8), byte(at)}), le: 200}
		data, sw := x.send(c)
		if sw != swOK || len(data) < 198 {
			t.Errorf("at %d: %d bytes, %04X", at, len(data), sw)
		}
	}
	sound := open(t, struck(t, FaultNone))
	if _, sw := sound.send(command{ins: insReadBinaryOdd, p2: 0x02, data: encode(0x54, []byte{1, 0, 0}), le: 200}); sw != swOutsideFile {
		t.Errorf("a sound chip beyond its end: %04X", sw)
	}
}

// TestHostileGroups: as deep and as many as the fault says, and signed.
func TestHostileGroups(t *testing.T) {
	depth := func(b []byte) int {
		n := 0
		for len(b) > 0 {
			objects, err := parseObjects(b)
			if err != nil || len(objects) == 0 {
				break
			}
			b = objects[len(objects)-1].value
			n++
		}
		return n
	}
	for f, deep := range map[Fault]bool{FaultDeepTLV: true, FaultHugeTLV: false, FaultNone: false} {
		card := struck(t, f)
		if n := depth(card.files[fileDG2]); (n > 1000) != deep {
			t.Errorf("%q: depth %d", f, n)
		}
		if many := bytes.Contains(card.files[fileDG2], bytes.Repeat([]byte{0x30, 0}, 9000)); many != (f == FaultHugeTLV) {
			t.Errorf("%q: many objects: %t", f, many)
		}
		hash := parseSOD(t, card.files[fileSOD]).hashes[2]
		if want := sha256.Sum256(card.files[fileDG2]); !bytes.Equal(hash, want[:]) {
			t.Errorf("%q: DG2 is not signed", f)
		}
	}
}

// TestMissingFiles: what is left out answers 6A82, and is signed all the same.
func TestMissingFiles(t *testing.T) {
	for f, missing := range map[Fault][]uint16{FaultNone: nil, FaultNoCOM: {fileCOM}, FaultHidden: {fileDG14, fileDG15}} {
		card := struck(t, f)
		x := open(t, card)
		for _, id := range []uint16{fileCOM, fileDG14, fileDG15} {
			want := uint16(swOK)
			for _, m := range missing {
				if id == m {
					want = swFileNotFound
				}
			}
			if _, sw := x.send(command{ins: insReadBinary, p1: 0x80 | byte(id&0x1F), le: 4}); sw != want {
				t.Errorf("%q: file %04X: %04X, want %04X", f, id, sw, want)
			}
		}
		if hashes := parseSOD(t, card.files[fileSOD]).hashes; hashes[14] == nil || hashes[15] == nil {
			t.Errorf("%q: DG14 and DG15 are not signed", f)
		}
	}
}

// TestWays: how a chip takes commands, each beside a chip that has no such way.
func TestWays(t *testing.T) {
	for _, f := range []Fault{FaultNone, FaultShortOnly, FaultExtendedDies, FaultExtendedShort, FaultShortBlocks, FaultNoShortIDs, FaultExactLength, FaultNoSelectMF} {
		t.Run("way "+string(f), func(t *testing.T) {
			x := open(t, issue(t, ProfilePACEP256, f))
			data, sw := x.send(command{ins: insReadBinary, p1: 0x82, le: 200})
			switch {
			case f == FaultNoShortIDs:
				if sw != swFileNotFound {
					t.Errorf("by short identifier: %04X", sw)
				}
			case len(data) != map[bool]int{true: shortBlock, false: 200}[f == FaultShortBlocks]:
				t.Errorf("%d bytes, %04X", len(data), sw)
			}
			_, sw = x.send(command{ins: insReadBinary, p1: 0x81, le: 200})
			want := uint16(swEndOfFile)
			switch f {
			case FaultNoShortIDs:
				want = swFileNotFound
			case FaultExactLength:
				want = swExactLength | 95
			}
			if sw != want {
				t.Errorf("more than DG1 has: %04X, want %04X", sw, want)
			}
			_, sw = x.send(command{ins: insInternalAuthenticate, data: make([]byte, 8), le: 256})
			if want := map[bool]uint16{true: swExactLength | 64, false: swOK}[f == FaultExactLength]; sw != want {
				t.Errorf("INTERNAL AUTHENTICATE: %04X, want %04X", sw, want)
			}
			extendedWays(t, f)
		})
	}
}

func extendedWays(t *testing.T, f Fault) {
	t.Helper()
	x := open(t, issue(t, ProfilePACEP256, f))
	if _, sw := x.send(command{ins: insSelect, p1: 2, p2: 0x0C, data: []byte{0x01, 0x02}}); sw != swOK {
		t.Fatalf("SELECT DG2: %04X", sw)
	}
	r := x.card.Process(x.protect(command{ins: insReadBinary, le: 1000, extended: true}))
	switch f {
	case FaultShortOnly:
		if !bytes.Equal(r, []byte{0x67, 0x00}) {
			t.Errorf("extended: %X", r)
		}
	case FaultExtendedDies:
		if r != nil {
			t.Errorf("extended: %X", r)
		}
	default:
		data, sw := x.receive(insReadBinary, r)
		want := map[Fault]int{FaultExtendedShort: 223, FaultShortBlocks: shortBlock}[f]
		if want == 0 {
			want = 1000
		}
		if sw != swOK || len(data) != want {
			t.Errorf("extended: %d bytes, want %d, %04X", len(data), want, sw)
		}
	}
	mf := (&terminal{t: t, card: issue(t, ProfilePACEP256, f)})
	mf.expect("SELECT MF", "00A4000C023F00", map[bool]uint16{true: swInstruction, false: swOK}[f == FaultNoSelectMF])
}

// TestMaxResponse: a chip with small buffers cuts what it sends and says so in
// EF.ATR/INFO.
func TestMaxResponse(t *testing.T) {
	spec, _ := ProfileSpec(ProfilePACEP256)
	spec.Content.Directory = true
	for _, most := range []int{0, 1024} {
		spec.MaxResponse = most
		card, err := issuerWith(t, IssuerOptions{}).IssueSpec(Sample(), spec, FaultNone)
		if err != nil {
			t.Fatal(err)
		}
		x := &terminal{t: t, card: card}
		x.expect("EF.ATR/INFO", "00A4020C022F01", swOK)
		info, _ := x.plain("00B0000000")
		want := maxExtendedResponse + 2
		if most != 0 {
			want = most + 2
		}
		if !bytes.Contains(info, small(int64(want))) {
			t.Errorf("EF.ATR/INFO %X does not say %d", info, want)
		}
		x = open(t, card)
		r := x.card.Process(x.protect(command{ins: insReadBinary, p1: 0x82, le: 4000, extended: true}))
		if data, sw := x.receive(insReadBinary, r); sw != swOK || most != 0 && len(r) > most+2 || most == 0 && len(data) != 4000 || len(data) < 900 {
			t.Errorf("most %d: %d bytes in a response of %d, %04X", most, len(data), len(r), sw)
		}
	}
}
