package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tram-station/tram/kiosk"
)

const (
	officeFile    = "office.json"
	maxOffice     = 16 << 10
	maxOfficeLine = 120 // letters: more does not fit into the head of a paper
)

// unnamedOffices are who receives at a station of a kind that nobody has named.
var unnamedOffices = map[string]kiosk.Office{
	"commune":     {Name: "CÔNG AN CẤP XÃ"},
	"province":    {Parent: "BỘ CÔNG AN", Name: "CÔNG AN CẤP TỈNH"},
	"ministry":    {Parent: "BỘ CÔNG AN", Name: "CƠ QUAN QUẢN LÝ CĂN CƯỚC"},
	"immigration": {Parent: "BỘ CÔNG AN", Name: "CỤC QUẢN LÝ XUẤT NHẬP CẢNH"},
}

// loadOffice reads who receives, as the papers say it.
func loadOffice(cfg stationConfig) (kiosk.Office, error) {
	office := unnamedOffices[cmp.Or(cfg.kind, "commune")]
	path := cmp.Or(cfg.office, filepath.Join(cfg.data, officeFile))
	b, err := readLimited(path, maxOffice)
	switch {
	case err == nil:
		if office, err = parseOffice(b); err != nil {
			return office, coded(exitInvalid, fmt.Errorf("%s: %w", path, err))
		}
	case cfg.office != "" || !errors.Is(err, os.ErrNotExist):
		return office, coded(exitUsage, err)
	}
	office.Station = cfg.id
	return office, nil
}

// parseOffice reads one object: {"parent", "name", "place", "address", "phone",
// "hotline"}, of which the name is required.
func parseOffice(b []byte) (kiosk.Office, error) {
	var said struct {
		Parent  string `json:"parent"`
		Name    string `json:"name"`
		Place   string `json:"place"`
		Address string `json:"address"`
		Phone   string `json:"phone"`
		Hotline string `json:"hotline"`
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff")) // which Windows' editor writes
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a word that is misspelt is missing on every paper
	if err := d.Decode(&said); err != nil {
		return kiosk.Office{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return kiosk.Office{}, errors.New("there is something behind the object")
	}
	for _, line := range []*string{&said.Parent, &said.Name, &said.Place, &said.Address, &said.Phone, &said.Hotline} {
		if *line = strings.TrimSpace(*line); utf8.RuneCountInString(*line) > maxOfficeLine || strings.ContainsFunc(*line, unicode.IsControl) {
			return kiosk.Office{}, fmt.Errorf("each entry is one line of at most %d letters", maxOfficeLine)
		}
	}
	if said.Name == "" {
		return kiosk.Office{}, errors.New("name is required: it says on each paper who receives")
	}
	return kiosk.Office{Parent: said.Parent, Name: said.Name, Place: said.Place, Address: said.Address, Phone: said.Phone, Hotline: said.Hotline}, nil
}
