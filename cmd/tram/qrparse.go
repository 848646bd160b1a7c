package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/reader"
)

func newQRParseCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "parse TEXT|-",
		Short: "Take the text of a card's QR code apart",
		Long: "Parse prints one JSON object: the verdict (ok, or warn with the warnings), the\n" +
			"fields, and the keys that open the chip in the order to try. With - it reads the\n" +
			"text from standard input. A bad text is named on standard error; with --json the\n" +
			"object then holds verdict, codes and, where a scanner's change of the text could\n" +
			"be undone, the card to compare with the print.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runQRParse(a, args[0]) },
	}
}

// qrCard is a card as parse prints it.
type qrCard struct {
	Fields   *cccd.Card     `json:"fields"`
	Warnings []cccd.Warning `json:"warnings"`
	Keys     cccd.Keys      `json:"keys"`
}

func newQRCard(c *cccd.Card) *qrCard {
	return &qrCard{c, append([]cccd.Warning{}, c.Warnings...), c.Keys()}
}

// qrVerdict is the verdict on a text as parse prints it.
type qrVerdict struct {
	Verdict cccd.Verdict `json:"verdict"`
	*qrCard
	Codes    []string `json:"codes,omitempty"` // of the warnings, or the kind of the fault
	Restored *qrCard  `json:"restored,omitempty"`
}

func runQRParse(a *app, text string) error {
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(a.stdin, 2*cccd.MaxPayload))
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		text = string(b)
	}
	card, err := cccd.ParseQR([]byte(text))
	var out qrVerdict
	out.Verdict, out.Codes = cccd.Judge(card, err)
	if err == nil {
		out.qrCard = newQRCard(card)
		return a.printJSON(out)
	}
	var fault *cccd.Fault
	if errors.As(err, &fault) {
		if fault.Restored != nil {
			out.Restored = newQRCard(fault.Restored)
		}
		err = &faultError{reader.Fault{Code: string(fault.Kind), Words: fault.Words(), Next: fault.Next()}, err}
	}
	if a.json {
		if err := a.printJSON(out); err != nil {
			return err
		}
	}
	return coded(exitInvalid, err)
}
