package main

import (
	"errors"
	"fmt"
	"strconv"
)

// setting is what a flag asks of a control that has an automatic mode: "auto",
// or a value in the driver's units. It is a flag.Value.
type setting struct {
	by    bool // by hand
	value int
}

var errSetting = errors.New(`"auto" or a whole number, in the driver's units`)

func (s *setting) String() string {
	if s == nil || !s.by {
		return "auto"
	}
	return strconv.Itoa(s.value)
}

func (s *setting) Set(text string) error {
	if text == "auto" {
		*s = setting{}
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is neither %w", text, errSetting)
	}
	*s = setting{by: true, value: n}
	return nil
}
