package sbi

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// The interface writes numbers as numbers, and the programs that are in use
// write most of them as text. This package reads both, and writes text.

// text is a string, or a number as it was written.
type text string

var errText = errors.New("neither text nor a number")

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil { // null leaves it empty
		*t = text(s)
		return nil
	}
	var n json.Number
	if json.Unmarshal(b, &n) != nil {
		return errText
	}
	*t = text(n)
	return nil
}

// numbers is a list of small numbers, or one alone.
type numbers []int

func (n *numbers) UnmarshalJSON(b []byte) error {
	var list []text
	if json.Unmarshal(b, &list) != nil {
		list = make([]text, 1)
		if err := list[0].UnmarshalJSON(b); err != nil {
			return err
		}
	}
	for _, t := range list {
		if t == "" {
			continue
		}
		v, err := strconv.ParseUint(strings.TrimSpace(string(t)), 10, 8)
		if err != nil {
			return errText
		}
		*n = append(*n, int(v))
	}
	return nil
}

// maxEntries bounds every list: three bytes make an entry that takes a hundred.
// It is more than a service has devices, or a capture fingers.
const maxEntries = 32

var errEntries = errors.New("no list, a second one, or too many entries")

// few is a list. It is given up before it grows too long, so that an answer
// takes little more memory than its own length before a signature is looked at.
type few[T any] []T

func (f *few[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') || *f != nil {
		return errEntries
	}
	*f = few[T]{}
	for d.More() {
		var one T
		if len(*f) == maxEntries {
			return errEntries
		}
		if err := d.Decode(&one); err != nil {
			return err
		}
		*f = append(*f, one)
	}
	return nil
}

// failure is the member "error" of an answer.
type failure struct {
	Code text `json:"errorCode"`
}

// err is the error of a code; nil for none and for 0.
func (f *failure) err() error {
	if f == nil || f.Code == "" || f.Code == "0" {
		return nil
	}
	n, err := strconv.ParseUint(string(f.Code), 10, 16)
	if err != nil {
		return replyError("an error code that is no number")
	}
	return &Error{Code: int(n)}
}

// discovered is one device of the answer to MOSIPDISC.
type discovered struct {
	DeviceID text     `json:"deviceId"`
	Status   string   `json:"deviceStatus"`
	Callback string   `json:"callbackId"`
	Digital  string   `json:"digitalId"` // base64url of a digitalID, not signed
	Versions []string `json:"specVersion"`
	Purpose  string   `json:"purpose"`
	Error    *failure `json:"error"`
}

// infoItem is one device of the answer to MOSIPDINFO.
type infoItem struct {
	Info  string   `json:"deviceInfo"` // a token, or base64url alone when not registered
	Error *failure `json:"error"`
}

// infoClaims are what the token of an infoItem says.
type infoClaims struct {
	DeviceID text     `json:"deviceId"`
	Status   string   `json:"deviceStatus"`
	Modules  numbers  `json:"deviceSubId"`
	Callback string   `json:"callbackId"`
	Digital  string   `json:"digitalId"` // a token
	Code     string   `json:"deviceCode"`
	Env      string   `json:"env"`
	Purpose  string   `json:"purpose"`
	Versions []string `json:"specVersion"`
}

// digitalID is who a scanner is (§Digital ID).
type digitalID struct {
	Serial   string `json:"serialNo"`
	Make     string `json:"make"`
	Model    string `json:"model"`
	Type     string `json:"type"`
	Kind     string `json:"deviceSubType"`
	Provider string `json:"deviceProvider"`
}

// streamRequest is the body of STREAM.
type streamRequest struct {
	DeviceID string `json:"deviceId"`
	Module   string `json:"deviceSubId"`
	Timeout  string `json:"timeout"` // ms
}

// captureRequest is the body of RCAPTURE.
type captureRequest struct {
	Env         string            `json:"env"`
	Purpose     string            `json:"purpose"`
	SpecVersion string            `json:"specVersion"`
	Timeout     string            `json:"timeout"`     // ms
	Time        string            `json:"captureTime"` // UTC
	Transaction string            `json:"transactionId"`
	Bio         []bioRequest      `json:"bio"`
	Options     map[string]string `json:"customOpts,omitempty"`
}

type bioRequest struct {
	Type      string   `json:"type"`
	Count     string   `json:"count"`
	Subtypes  []string `json:"bioSubType"`
	Exception []string `json:"exception"`
	Score     string   `json:"requestedScore"`
	DeviceID  string   `json:"deviceId"`
	Module    string   `json:"deviceSubId"`
	Previous  string   `json:"previousHash"`
}

// captureReply is the answer to RCAPTURE.
type captureReply struct {
	Biometrics few[bioReply] `json:"biometrics"`
}

type bioReply struct {
	Data  string   `json:"data"` // a token
	Hash  string   `json:"hash"`
	Error *failure `json:"error"`
}

// bioClaims are what the token of a bioReply says.
type bioClaims struct {
	Digital     string `json:"digitalId"` // a token
	Code        string `json:"deviceCode"`
	Type        string `json:"bioType"`
	Subtype     string `json:"bioSubType"`
	Purpose     string `json:"purpose"`
	Env         string `json:"env"`
	Value       string `json:"bioValue"` // base64url of an ISO/IEC 19794-4 record
	Transaction string `json:"transactionId"`
	Time        string `json:"timestamp"`
	Score       text   `json:"qualityScore"`
}
