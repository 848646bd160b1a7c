package mrz

import (
	"fmt"
)

// maxCharacters is more than any zone has: room for the message that says how
// long the lines are.
const maxCharacters = 160

// normalise returns the lines of the text in upper case, without spaces, in
// the room given. Text in one piece is cut into the lines of the format of
// that length.
func normalise(text string, room *[maxRows]string) ([]string, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w (%d bytes of text)", ErrNotMRZ, len(text))
	}
	if lines := asTheyStand(text, room); lines != nil {
		return lines, nil
	}
	var characters [maxCharacters]byte
	var breaks [maxRows]int // where each line but the last ends
	rows, n := 0, 0
	for i := range len(text) {
		c := text[i]
		switch upper := capitals[c]; {
		case upper != 0:
			if n == maxCharacters {
				return nil, fmt.Errorf("%w (more than %d characters)", ErrNotMRZ, maxCharacters)
			}
			characters[n] = upper
			n++
		case c == '\n' || c == '\r':
			if n == 0 || rows > 0 && breaks[rows-1] == n {
				continue
			}
			if rows == maxRows {
				return nil, fmt.Errorf("%w (more than %d lines)", ErrNotMRZ, maxRows)
			}
			breaks[rows] = n
			rows++
		case c == ' ' || c == '\t':
		default:
			return nil, fmt.Errorf("%w (character %q)", ErrNotMRZ, c)
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("%w (no text)", ErrNotMRZ)
	}
	zone := string(characters[:n])
	if rows == 0 || rows == 1 && breaks[0] == n {
		return cut(zone, room), nil
	}
	if breaks[rows-1] < n {
		if rows == maxRows {
			return nil, fmt.Errorf("%w (more than %d lines)", ErrNotMRZ, maxRows)
		}
		breaks[rows] = n
		rows++
	}
	from := 0
	for i, to := range breaks[:rows] {
		room[i] = zone[from:to]
		from = to
	}
	return room[:rows], nil
}

// asTheyStand returns the lines of a text of nothing but lines, without making
// a copy; nil for any other text.
func asTheyStand(text string, room *[maxRows]string) []string {
	rows, from := 0, 0
	for i := range len(text) {
		if c := text[i]; classes[c] != 0 {
			continue
		} else if c != '\n' && c != '\r' {
			return nil
		}
		if from < i {
			if rows == maxRows {
				return nil
			}
			room[rows] = text[from:i]
			rows++
		}
		from = i + 1
	}
	if from < len(text) {
		if rows == maxRows {
			return nil
		}
		room[rows] = text[from:]
		rows++
	}
	switch rows {
	case 0:
		return nil
	case 1:
		return cut(room[0], room)
	}
	return room[:rows]
}

// cut divides a zone without line breaks by its length.
func cut(s string, room *[maxRows]string) []string {
	switch len(s) {
	case 90:
		*room = [maxRows]string{s[:30], s[30:60], s[60:]}
		return room[:3]
	case 72, 88:
		room[0], room[1] = s[:len(s)/2], s[len(s)/2:]
		return room[:2]
	}
	room[0] = s
	return room[:1]
}
