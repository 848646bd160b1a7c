package libusb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// This file reads and writes what usbmon records of a reader: pcapng files.

// urbEvent is one line of a usbmon recording: a transfer is submitted ('S') or
// completes ('C').
type urbEvent struct {
	id     uint64
	kind   byte // 'S', 'C' or 'E'
	xfer   byte
	end    byte // endpoint address
	status int32
	length uint32 // asked for, or transferred
	setup  [8]byte
	data   []byte
}

// Kinds of transfers.
const (
	xferInterrupt = 1
	xferControl   = 2
	xferBulk      = 3
)

// Places in a usbmon packet.
const (
	monHeader = 64
	monKind   = 8
	monXfer   = 9
	monEnd    = 10
	monDevice = 11
	monBus    = 12
	monStatus = 28
	monLength = 32
	monData   = 36
	monSetup  = 40
)

// Blocks of a pcapng file, and what is around the packet in one.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6
	byteOrder      = 0x1a2b3c4d
	linkUSB        = 220 // LINKTYPE_USB_LINUX_MMAPPED
	blockFrame     = 12
	packetHeader   = 28
)

// errRecording says that a file is no whole recording.
var errRecording = errors.New("not a usbmon recording")

// parseRecording reads the packets of a little-endian pcapng file of USB
// packets. The data are not copied.
func parseRecording(b []byte) ([]urbEvent, error) {
	le := binary.LittleEndian
	if len(b) < packetHeader || le.Uint32(b) != blockSection || le.Uint32(b[8:]) != byteOrder {
		return nil, fmt.Errorf("no section in front: %w", errRecording)
	}
	var events []urbEvent
	for len(b) > 0 {
		if len(b) < blockFrame {
			return nil, fmt.Errorf("%d bytes left over: %w", len(b), errRecording)
		}
		kind, size := le.Uint32(b), uint64(le.Uint32(b[4:]))
		if size < blockFrame || size > uint64(len(b)) || size%4 != 0 || le.Uint32(b[size-4:]) != uint32(size) {
			return nil, fmt.Errorf("block of %d bytes, %d are left: %w", size, len(b), errRecording)
		}
		block := b[:size-4]
		b = b[size:]
		switch {
		case kind == blockInterface && (len(block) < 16 || le.Uint16(block[8:]) != linkUSB):
			return nil, fmt.Errorf("no packets of USB: %w", errRecording)
		case kind == blockPacket:
			e, err := parseEvent(block)
			if err != nil {
				return nil, err
			}
			events = append(events, e)
		}
	}
	return events, nil
}

func parseEvent(block []byte) (urbEvent, error) {
	le := binary.LittleEndian
	if len(block) < packetHeader+monHeader {
		return urbEvent{}, fmt.Errorf("packet of %d bytes: %w", len(block), errRecording)
	}
	n := uint64(le.Uint32(block[20:]))
	if n < monHeader || n > uint64(len(block)-packetHeader) {
		return urbEvent{}, fmt.Errorf("%d bytes in a packet of %d: %w", n, len(block), errRecording)
	}
	p := block[packetHeader:][:n]
	e := urbEvent{
		id: le.Uint64(p), kind: p[monKind], xfer: p[monXfer], end: p[monEnd],
		status: int32(le.Uint32(p[monStatus:])), length: le.Uint32(p[monLength:]), data: p[monHeader:],
	}
	copy(e.setup[:], p[monSetup:])
	return e, nil
}

// Where the reader is in the recordings that are made here.
const recordedBus, recordedDevice = 1, 7

// marshalRecording writes a recording.
func marshalRecording(events []urbEvent) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, blockSection)
	b = le.AppendUint32(b, 28)
	b = le.AppendUint32(b, byteOrder)
	b = le.AppendUint32(b, 1) // version 1.0
	b = le.AppendUint64(b, ^uint64(0))
	b = le.AppendUint32(b, 28)
	for _, v := range []uint32{blockInterface, 20, linkUSB, 0, 20} {
		b = le.AppendUint32(b, v)
	}
	for i, e := range events {
		p := make([]byte, monHeader, monHeader+len(e.data)+3)
		le.PutUint64(p, e.id)
		p[monKind], p[monXfer], p[monEnd], p[monDevice] = e.kind, e.xfer, e.end, recordedDevice
		le.PutUint16(p[monBus:], recordedBus)
		if e.xfer != xferControl || e.kind != 'S' {
			p[14] = '-' // no setup packet
		}
		if len(e.data) == 0 {
			p[15] = '<' // no data
		}
		le.PutUint64(p[16:], uint64(i)) // seconds, and no fractions of one
		le.PutUint32(p[monStatus:], uint32(e.status))
		le.PutUint32(p[monLength:], e.length)
		le.PutUint32(p[monData:], uint32(len(e.data)))
		copy(p[monSetup:], e.setup[:])
		p = append(p, e.data...)
		n := len(p)
		for len(p)%4 != 0 {
			p = append(p, 0)
		}
		size := uint32(packetHeader + len(p) + 4)
		for _, v := range []uint32{blockPacket, size, 0, 0, uint32(i), uint32(n), uint32(n)} {
			b = le.AppendUint32(b, v)
		}
		b = append(b, p...)
		b = le.AppendUint32(b, size)
	}
	return b
}

// FuzzRecording: whatever a file holds is a recording that reads the same when
// it is written again, or none.
func FuzzRecording(f *testing.F) {
	f.Add(marshalRecording(ownSession(lines(), false)[:9]))
	f.Add(marshalRecording(nil))
	f.Add([]byte("P: /devices"))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, err := parseRecording(b)
		if err != nil {
			if !errors.Is(err, errRecording) || events != nil {
				t.Fatal(err)
			}
			return
		}
		again, err := parseRecording(marshalRecording(events))
		if err != nil || !slices.EqualFunc(events, again, urbEvent.equal) {
			t.Fatalf("%d events, %d when read again: %v", len(events), len(again), err)
		}
	})
}

func (e urbEvent) equal(o urbEvent) bool {
	return e.id == o.id && e.kind == o.kind && e.xfer == o.xfer && e.end == o.end && e.status == o.status &&
		e.length == o.length && e.setup == o.setup && bytes.Equal(e.data, o.data)
}
