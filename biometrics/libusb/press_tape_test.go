package libusb

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// pressTape answers from what umockdev recorded of an NB-1010-U, in process.
type pressTape struct{ urbs []pressURB }

// pressURB is one recorded transfer.
type pressURB struct {
	end  byte
	data []byte
}

// parsePressTape reads the transfers of an .ioctl file.
func parsePressTape(text string) (*pressTape, error) {
	t := new(pressTape)
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 || !strings.HasPrefix(f[0], "USBDEVFS_REAPURB") {
			continue
		}
		const fields = 10
		if len(f) != fields {
			return nil, fmt.Errorf("%d fields", len(f))
		}
		end, err := strconv.ParseUint(f[3], 10, 8)
		if err != nil {
			return nil, err
		}
		data, err := hex.DecodeString(f[fields-1])
		if err != nil {
			return nil, err
		}
		t.urbs = append(t.urbs, pressURB{byte(end), data})
	}
	return t, nil
}

func (t *pressTape) next(end byte) ([]byte, error) {
	if len(t.urbs) == 0 || t.urbs[0].end != end {
		return nil, fmt.Errorf("endpoint %#02x, %d transfers left: %w", end, len(t.urbs), errNotRecorded)
	}
	b := t.urbs[0].data
	t.urbs = t.urbs[1:]
	return b, nil
}

func (t *pressTape) Send(_ context.Context, b []byte) error {
	want, err := t.next(0x02)
	if err == nil && !bytes.Equal(want, b) {
		err = fmt.Errorf("% x instead of % x: %w", b, want, errNotRecorded)
	}
	return err
}

func (t *pressTape) Receive(_ context.Context, b []byte) (int, error) {
	got, err := t.next(0x83)
	if err == nil && len(got) > len(b) {
		err = fmt.Errorf("asked for %d of %d bytes: %w", len(b), len(got), errNotRecorded)
	}
	return copy(b, got), err
}

func (t *pressTape) Close() error { return nil }

// TestRecordedPress: the driver does what the recorded one did with a real
// NB-1010-U, and gets the same image.
func TestRecordedPress(t *testing.T) {
	b, err := os.ReadFile(testdata.Shared(t, "data", "fingerprints", "recordings", "nb1010", "capture.ioctl"))
	if err != nil {
		t.Fatal(err)
	}
	tape, err := parsePressTape(string(b))
	if err != nil {
		t.Fatal(err)
	}
	want := pictureIn(t, testdata.Shared(t, "data", "fingerprints", "recordings", "nb1010", "capture.png"))
	if n := different(t, pressedFrom(t, newPress(tape, "")).Image, want); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if len(tape.urbs) != 0 {
		t.Errorf("%d transfers left", len(tape.urbs))
	}
}

func TestOwnPressRecording(t *testing.T) {
	tape, err := parsePressTape(ownPressTape(pressPicture(), ""))
	if err != nil {
		t.Fatal(err)
	}
	if n := different(t, pressedFrom(t, newPress(tape, "")).Image, pressPicture()); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if tape, err = parsePressTape(ownPressTape(pressPicture(), "flip")); err != nil {
		t.Fatal(err)
	}
	if n := different(t, pressedFrom(t, newPress(tape, "")).Image, pressPicture()); n != 1 {
		t.Errorf("%d pixels differ for one flipped bit", n)
	}
	// Control: what was not recorded is refused.
	if err := new(pressTape).Send(t.Context(), askFinger); !errors.Is(err, errNotRecorded) {
		t.Error(err)
	}
}
