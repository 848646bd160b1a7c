package sbitest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/wsq"
)

// dpi of everything that is drawn.
const dpi = 500

// record writes a finger as a record of ISO/IEC 19794-4:2011 (§8).
func (s *Server) record(f biometrics.Finger, rolled bool, img *image.Gray, fault Fault) []byte {
	data := s.pack(img)
	size := img.Rect.Size()
	switch fault {
	case FaultImage:
		for i := range data {
			data[i] = byte(i*7919>>3) ^ data[i]
		}
		data = data[:len(data)-1]
	case FaultSize:
		size.X++
	case FaultRecord:
		f = f%10 + 1
	}
	be := binary.BigEndian
	at := s.opt.Now().UTC()
	view := be.AppendUint16(nil, uint16(at.Year()))
	view = append(view, byte(at.Month()), byte(at.Day()), byte(at.Hour()), byte(at.Minute()), byte(at.Second()))
	view = be.AppendUint16(view, uint16(at.Nanosecond()/1e6))
	view = append(view, 2, 0, 0, 0, 0)                      // optical; no vendor, no type
	view = append(view, 1, byte(s.opt.Score), 0, 15, 0, 15) // one quality block
	view = append(view, byte(f), 0, 1)                      // the first view; pixels an inch
	for range 4 {                                           // capture and image, each across and down
		view = be.AppendUint16(view, dpi)
	}
	impression := byte(biometrics.Plain)
	if rolled {
		impression = byte(biometrics.Rolled)
	}
	view = append(view, 8, byte(s.opt.Coding), impression)
	view = be.AppendUint16(be.AppendUint16(view, uint16(size.X)), uint16(size.Y))
	view = append(be.AppendUint32(view, uint32(len(data))), data...)

	out := append([]byte("FIR\x00020\x00"), 0, 0, 0, 0)
	out = append(out, 0, 1, 0, 1) // one view, no certification, one finger
	out = append(be.AppendUint32(out, uint32(len(view)+4)), view...)
	be.PutUint32(out[8:], uint32(len(out)))
	if fault == FaultCut {
		return out[:len(out)-100]
	}
	return out
}

// pack packs a picture, each once. The caller may change what it gets.
func (s *Server) pack(img *image.Gray) []byte {
	s.mu.Lock()
	b := s.packed[img]
	s.mu.Unlock()
	if b == nil {
		b = s.code(img)
		s.mu.Lock()
		s.packed[img] = b
		s.mu.Unlock()
	}
	return bytes.Clone(b)
}

func (s *Server) code(img *image.Gray) []byte {
	switch s.opt.Coding {
	case WSQ:
		return must(wsq.Encode(img, wsq.Options{DPI: dpi}))
	case PNG:
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			panic(err)
		}
		return b.Bytes()
	case Raw:
		return img.Pix
	}
	return s.opt.Pack(img)
}
