//go:build realparts

package e2e

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ebfe/scard"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
)

// field is a card reader of a real PC/SC service, which the station reads
// through instead of the site's own slot.
type field struct {
	t       *testing.T
	service *pcscd.Daemon // nil: the cable is out
	trust   atomic.Pointer[passive.Trust]
	conn    net.Conn // of the card that lies there
}

func newField(t *testing.T) *field {
	f := &field{t: t}
	t.Cleanup(f.unplug)
	return f
}

// Read reads the card that lies there, as the station's own driver does.
func (f *field) Read(ctx context.Context, keys []access.Key, on func(reader.Progress)) (*reader.Report, error) {
	slot, err := pcsc.Open(pcscd.Reader)
	if err != nil {
		return nil, err
	}
	return (&reader.Reader{Trust: f.trust.Load(), OnProgress: on}).Read(ctx, slot, keys)
}

func (f *field) Virtual() bool    { return true }
func (f *field) SlotName() string { return pcscd.Reader }

// plug starts the service.
func (f *field) plug() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Minute) // other packages' tests use it too
	defer cancel()
	f.service = must(pcscd.Start(ctx, nil))(f.t)
}

// unplug ends the service, whatever lies on the reader.
func (f *field) unplug() {
	if f.conn != nil {
		_ = f.conn.Close()
		f.conn = nil
	}
	if f.service == nil {
		return
	}
	if err := f.service.Stop(); err != nil {
		f.t.Error(err)
	}
	f.service = nil
}

// lay puts a card on the reader; it falls silent after so many answers to
// commands, 0 is never.
func (f *field) lay(card *chip.Card, silent int) {
	f.t.Helper()
	f.lift()
	conn := must(f.service.Connect(f.t.Context()))(f.t)
	if silent > 0 {
		conn = &mute{Conn: conn, atr: card.ATR(), left: silent, closed: make(chan struct{})}
	}
	card.Reset()
	f.conn = conn
	go func() { _ = chip.ServeVPCD(context.Background(), conn, card) }()
}

// lift takes the card away and waits until the service knows.
func (f *field) lift() {
	f.t.Helper()
	if f.conn == nil {
		return
	}
	_ = f.conn.Close()
	f.conn = nil
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := must(pcsc.Open(pcscd.Reader))(f.t).(*pcsc.Slot).Removed(ctx); err != nil {
		f.t.Error(err)
	}
}

// seize holds the card as another program would, for itself alone, until the
// function that it returns is called.
func (f *field) seize() (release func()) {
	f.t.Helper()
	other := must(scard.EstablishContext())(f.t)
	var card *scard.Card
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if card, err = other.Connect(pcscd.Reader, scard.ShareExclusive, scard.ProtocolAny); err == nil {
			return func() {
				_ = card.Disconnect(scard.LeaveCard)
				_ = other.Release()
			}
		}
	}
	f.t.Fatal(err)
	return nil
}

// believe sets what the station trusts: files of a folder.
func (f *field) believe(files map[string][]byte) {
	f.t.Helper()
	dir := f.t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
	f.trust.Store(must(passive.LoadTrust(dir))(f.t))
}

// mute is a line to a chip that stops answering and stays where it lies.
type mute struct {
	net.Conn
	atr    []byte
	left   int
	once   sync.Once
	closed chan struct{}
}

func (m *mute) Write(b []byte) (int, error) {
	// The service asks for the ATR whenever it looks whether the card is there:
	// how often depends on how busy the machine is.
	if !bytes.HasSuffix(b, m.atr) {
		m.left--
	}
	if m.left < 0 {
		<-m.closed
		return 0, net.ErrClosed
	}
	return m.Conn.Write(b)
}

func (m *mute) Close() error {
	m.once.Do(func() { close(m.closed) })
	return m.Conn.Close()
}
