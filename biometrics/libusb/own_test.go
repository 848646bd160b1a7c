package libusb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics"
)

// This file makes recordings of sessions that never took place, from the
// protocols' description alone: what a driver sends and a reader answers, with
// an invented finger.

// scribe writes a session down as usbmon would.
type scribe struct {
	events []urbEvent
	id     uint64
}

// begin and end are the two halves of a transfer.
func (s *scribe) begin(xfer, end byte, length int, out []byte) uint64 {
	const inProgress = -115
	s.id++
	s.events = append(s.events, urbEvent{id: s.id, kind: 'S', xfer: xfer, end: end, status: inProgress, length: uint32(length), data: out})
	return s.id
}

func (s *scribe) end(id uint64, xfer, end byte, status int32, length int, in []byte) {
	s.events = append(s.events, urbEvent{id: id, kind: 'C', xfer: xfer, end: end, status: status, length: uint32(length), data: in})
}

func (s *scribe) write(register uint16, b ...byte) {
	id := s.begin(2, 0x00, len(b), b)
	s.events[len(s.events)-1].setup = [8]byte{0x40, 0x04, byte(register), byte(register >> 8), 0, 0, byte(len(b))}
	s.end(id, 2, 0x00, 0, len(b), nil)
}

func (s *scribe) read(register uint16, b ...byte) {
	id := s.begin(2, 0x80, len(b), nil)
	s.events[len(s.events)-1].setup = [8]byte{0xc0, 0x04, byte(register), byte(register >> 8), 0, 0, byte(len(b))}
	s.end(id, 2, 0x80, 0, len(b), b)
}

// interrupt ends the pending read and begins the next.
func (s *scribe) interrupt(pending uint64, code uint16) uint64 {
	b := make([]byte, 64)
	binary.BigEndian.PutUint16(b, code)
	s.end(pending, 1, 0x81, 0, len(b), b)
	return s.begin(1, 0x81, 64, nil)
}

// ownSeeds are what the driver of the session hid the two keys with.
var ownSeeds = []byte{0x11, 0x22, 0x33, 0x44, 0x0f, 0xf0, 0x5a, 0xa5}

// key is the exchange of one key.
func (s *scribe) key(number byte, seed []byte) {
	s.write(0x33, append([]byte{number}, seed...)...)
	answer := binary.LittleEndian.AppendUint32(nil, paperKey(number)^binary.LittleEndian.Uint32(seed))
	s.read(0x34, answer...)
}

// ownSession is one capture with a U.are.U 4500, from power-up to off; or with a
// Microsoft reader v2, which wakes for who answers its challenge.
func ownSession(ground *image.Gray, challenges bool) []urbEvent {
	s := new(scribe)
	pending := s.begin(1, 0x81, 64, nil)
	s.read(0x07, 0x01)
	s.write(0x07, 0x81)
	s.write(0x07, 0x01)
	if challenges {
		s.read(0x07, 0x81) // not yet
		s.read(0x2010, unhex(paperChallenge)...)
		s.write(0x2000, unhex(paperResponse)...)
		s.write(0x07, 0x01)
	}
	s.read(0x07, 0x01)
	pending = s.interrupt(pending, 0x56aa)
	s.read(0xf0, 0, 0, 0, 0, 0x03, 0x08, 0, 0, 0, 0, 0x02, 0x0a, 0, 0, 0, 0)

	s.write(0x4e, 0x10)
	pending = s.interrupt(pending, 0x56aa) // readers repeat it
	pending = s.interrupt(pending, 0x0101)
	sent := imageOf(ground, paperKey)
	bulk := s.begin(3, 0x82, 111424, nil)
	s.write(0x4e, 0x20)
	s.end(bulk, 3, 0x82, 0, len(sent), sent)
	s.key(250, ownSeeds[:4])
	s.key(251, ownSeeds[4:])
	s.write(0x4e, 0x12)
	pending = s.interrupt(pending, 0x0200)
	s.write(0x4e, 0x70)
	const cancelled = -2
	s.end(pending, 1, 0x81, cancelled, 0, nil)
	return s.events
}

// unhex reads a constant.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// ownStanza describes the device of the recordings to umockdev.
func ownStanza(vendor, product uint16, descriptors string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "P: %s\n", ownNode)
	fmt.Fprintf(&b, "N: bus/usb/001/007=%s\n", descriptors)
	for _, e := range []string{"DEVNAME=/dev/bus/usb/001/007", "DEVTYPE=usb_device", "DRIVER=usb",
		fmt.Sprintf("PRODUCT=%x/%x/103", vendor, product), "TYPE=0/0/0", "BUSNUM=001", "DEVNUM=007", "MAJOR=189", "MINOR=6", "SUBSYSTEM=usb"} {
		fmt.Fprintf(&b, "E: %s\n", e)
	}
	for _, a := range []string{"bConfigurationValue=1", "bNumConfigurations=1", "bNumInterfaces= 1", "busnum=1", "devnum=7",
		fmt.Sprintf("idProduct=%04x", product), fmt.Sprintf("idVendor=%04x", vendor), "speed=12"} {
		fmt.Fprintf(&b, "A: %s\\n\n", a)
	}
	fmt.Fprintf(&b, "H: descriptors=%s\n", descriptors)
	return b.String()
}

const (
	ownNode = "/devices/pci0000:00/0000:00:14.0/usb1/1-4"
	// ownURU and the others are the descriptors: device, configuration, interface,
	// endpoints. None names a serial number.
	ownURU = "1201000200000040BA050A000301000000010902200001010080640904000002FFFFFF0007" +
		"05810340000807058202400000"
	ownMicrosoft = "12010002000000405E04CA000301000000010902200001010080640904000002FFFFFF0007" +
		"05810340000807058202400000"
	ownPress = "1201000200000040" + "8D291010" + "0100" + "00000001" +
		"09022700010100A032" + "090400000300000000" + "07058103400005" + "07050202400000" + "07058302400000"
)

// TestOwnRecording: the driver does what the protocol asks for, transfer by
// transfer, and gets the drawn picture.
func TestOwnRecording(t *testing.T) {
	events, err := parseRecording(marshalRecording(ownSession(lines(), false)))
	if err != nil {
		t.Fatal(err)
	}
	tape := newReplay(events)
	p := capturedFrom(t, tape, uru4500, ownSeeds)
	if n := different(t, p.Image, asSent(lines(), true)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if tape.failed != nil || len(tape.events) > 1 {
		t.Errorf("%d events left, %v", len(tape.events), tape.failed)
	}
	events = ownSession(lines(), false) // control: one bit in the image shows
	for i := range events {
		if e := &events[i]; e.xfer == xferBulk && e.kind == 'C' {
			e.data = bytes.Clone(e.data)
			e.data[headerSize+100*width] ^= 1
		}
	}
	p = capturedFrom(t, newReplay(events), uru4500, ownSeeds)
	if n := different(t, p.Image, asSent(lines(), true)); n != 1 {
		t.Errorf("%d pixels differ for one flipped bit", n)
	}
}

// TestOwnChallenge: the reader of the recording wakes for the right answer, and
// the recording refuses another.
func TestOwnChallenge(t *testing.T) {
	p := capturedFrom(t, newReplay(ownSession(lines(), true)), microsoftV2, ownSeeds)
	if n := different(t, p.Image, turn(asSent(lines(), true))); n != 0 { // built in upright
		t.Errorf("%d pixels differ", n)
	}
	events := ownSession(lines(), true)
	for i := range events {
		if e := &events[i]; e.setup[0] == 0x40 && e.setup[3] == 0x20 {
			e.data = bytes.Clone(e.data)
			e.data[15] ^= 1
		}
	}
	if _, err := start(t.Context(), newReplay(events), mustModel(t, microsoftV2), ""); !errors.Is(err, errNotRecorded) {
		t.Errorf("another answer: %v", err)
	}
}

// ownPressTape is one capture with an NB-1010-U as umockdev records ioctls: each
// answer below what it came after. fault is one of the paper reader's.
func ownPressTape(ground *image.Gray, fault string) string {
	p := newPressPaper(ground)
	p.fault = fault
	var b strings.Builder
	fmt.Fprintln(&b, "@DEV /dev/bus/usb/001/007")
	fmt.Fprintln(&b, "USBDEVFS_GET_CAPABILITIES 0 FD010000")
	depth := 0
	urb := func(end, size int, data []byte) {
		fmt.Fprintf(&b, "%sUSBDEVFS_REAPURBNDELAY 0 3 %d 0 0 %d %d 0 %X\n", strings.Repeat(" ", depth), end, size, len(data), data)
	}
	exchange := func(kind byte, touch byte, command ...byte) {
		depth = 0
		urb(0x02, len(command), command)
		depth = 1
		urb(0x83, 16, append([]byte{0x80, kind, command[2], 0, 16, 0, 0, 0, 0, 0, 0, 0, touch}, 0, 0, 0))
	}
	exchange(0x37, 0xf7, 0x80, 0x38, 1, 0, 8, 0, 0, 0)
	exchange(0x20, 0, 0x80, 0x0d, 3, 0, 12, 0, 0, 0, 0, 4, 0, 0)
	image := make([]byte, 32)
	copy(image, []byte{0x80, 0x12, 4, 0, 32, 0, 0, 0, 2})
	image[28] = 0x20
	exchange(0x20, 3, image...)
	p.scan()
	for _, part := range p.queue {
		depth++
		urb(0x83, 540, part)
	}
	return b.String()
}

// pressedFrom captures from a reader that a recording stands for.
func pressedFrom(t *testing.T, r *Press) *biometrics.Print {
	t.Helper()
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	c, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &c.Prints[0]
}
