package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader/access"
)

// printed returns the keys that the print gives, in the order to try, and what
// else it says: nil where only a key was given.
func (o cardOptions) printed(a *app) ([]access.Key, compare.Facts, error) {
	switch {
	case o.can != "":
		k, err := access.CAN(o.can)
		return []access.Key{k}, nil, err
	case o.pin != "":
		k, err := access.PIN(o.pin)
		return []access.Key{k}, nil, err
	case o.doc != "":
		k, err := access.MRZ(o.doc, o.dob, o.exp)
		return []access.Key{k}, nil, err
	case o.qr != "":
		return printedQR(o.qr)
	}
	text, err := readText(a, o.mrzFile)
	if err != nil {
		return nil, nil, err
	}
	return printedZone(text)
}

func printedZone(text string) ([]access.Key, compare.Facts, error) {
	z, _, err := mrz.Read(text)
	if err != nil {
		return nil, nil, coded(exitInvalid, err)
	}
	if !z.Valid {
		return nil, nil, coded(exitInvalid, errors.New("the MRZ's check digits are wrong: scan it again"))
	}
	document, birth, expiry := z.Keys()
	k, err := access.MRZ(document, birth, expiry)
	return []access.Key{k}, compare.FromZone(compare.Zone, z, time.Now()), err
}

func printedQR(text string) ([]access.Key, compare.Facts, error) {
	c, err := cccd.ParseQR([]byte(text))
	if err != nil {
		return nil, nil, coded(exitInvalid, err)
	}
	printed := c.Keys()
	k, err := access.CAN(printed.CAN)
	if err != nil {
		return nil, nil, err
	}
	keys := []access.Key{k}
	for _, m := range printed.MRZ {
		k, err := access.MRZ(m.Document, m.Birth, m.Expiry)
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, k)
	}
	return keys, compare.FromQR(c), nil
}

// fieldWords are the fields of a comparison as the card names them.
var fieldWords = map[string]string{
	compare.Number: "Số định danh cá nhân", compare.DocumentNumber: "Số giấy tờ", compare.Name: "Họ, chữ đệm và tên",
	compare.Birth: "Ngày sinh", compare.Sex: "Giới tính", compare.Nationality: "Quốc tịch", compare.Origin: "Quê quán",
	compare.Residence: "Nơi thường trú", compare.Issue: "Ngày cấp", compare.Expiry: "Có giá trị đến",
	compare.OldNumber: "Số CMND cũ", compare.Father: "Họ tên cha", compare.Mother: "Họ tên mẹ",
}

// printItems shows how print and chip compare to a person.
func printItems(w io.Writer, items []compare.Item) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\t\tIn trên thẻ\tChip")
	for _, i := range items {
		mark := map[compare.Outcome]string{compare.Agree: "=", compare.Folded: "≈", compare.Differ: "≠"}[i.Outcome]
		if i.Conflict {
			mark = "✗"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", mark, fieldWords[i.Field], i.Print, i.Chip)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}
