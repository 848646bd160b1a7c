package enrol

import (
	"cmp"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader"
)

// slotOf is where a card was read.
func slotOf(r *reader.Report, slot string) biometrics.Device {
	return biometrics.Device{Name: cmp.Or(r.Stats.SlotName, slot), Driver: "card-slot", Virtual: r.Stats.Virtual}
}

// filesOf are the chip's files as the central verifies them again.
func filesOf(r *reader.Report) []evidenceFile {
	out := []evidenceFile{}
	for _, f := range r.Document.Raw {
		out = append(out, evidenceFile{uint16(f.ID), f.Name, f.Bytes})
	}
	return out
}

func costOf(r *reader.Report) evidenceCost {
	return evidenceCost{r.Stats.Commands, r.Stats.BytesUp, r.Stats.BytesDown, r.Stats.Elapsed}
}
