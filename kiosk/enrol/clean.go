package enrol

import (
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
)

// The limits of what a device says of itself. The journal takes nothing that it
// could not read back.
const (
	maxSaid  = 128            // bytes of a name
	maxClock = 24 * time.Hour // how far its clock may be from the station's
)

// cleanText is valid text of at most maxSaid bytes.
func cleanText(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.ToValidUTF8(text[:min(len(text), maxSaid)], "")
}

func cleanDevice(d biometrics.Device) biometrics.Device {
	d.Name, d.Serial, d.Driver = cleanText(d.Name), cleanText(d.Serial), cleanText(d.Driver)
	return d
}

// cleanPrint is the print with all that the reader says of it within bounds. A
// clock that is far from the station's is not believed.
func cleanPrint(p biometrics.Print, at time.Time) biometrics.Print {
	p.Device = cleanDevice(p.Device)
	if off := p.Time.Sub(at); off > maxClock || off < -maxClock {
		p.Time = at
	}
	if said := p.Said; said != nil {
		p.Said = &biometrics.Said{Score: min(max(said.Score, 0), rules.MaxScore), Algorithm: cleanText(said.Algorithm)}
	}
	return p
}
