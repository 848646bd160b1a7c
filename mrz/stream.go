package mrz

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrTooLong says that a scanner sent more than MaxText bytes without the end
// of a line. The stream goes on behind the next one.
var ErrTooLong = errors.New("text without an end: set the scanner to send a line end after each scan")

// Stream cuts what a scanner sends, over a serial line or as a keyboard, into
// texts: each zone as soon as its last character is there, with or without line
// ends, and each other line, such as the payload of a QR code, at its end. It
// needs no timer: a zone is complete by its check digits, or by the length that
// its first letters promise. What precedes a zone in its line (a symbology
// identifier, control characters, the rest of an earlier scan) is left out.
type Stream struct {
	in    *bufio.Reader
	ready []string // complete, not yet asked for
	lines []string // of a zone under way, as cleaned
	raw   []byte   // the line under way as it came
	text  []byte   // the same in the zone's alphabet, spaces kept
	done  int      // characters of text that were returned already
	other bool     // the line under way holds what no zone does
	skip  bool     // up to the end of the line
	err   error    // of the reader, not yet returned
}

// NewStream returns a stream of what r delivers. It reads no more than it
// needs, so r may block between scans.
func NewStream(r io.Reader) *Stream { return &Stream{in: bufio.NewReaderSize(r, 256)} }

// Next returns the next text: a zone as Parse takes it, valid or not, its lines
// parted by \n, or any other line without its end. It waits for r. The error is
// ErrTooLong or that of r, io.EOF included, after all that came before it; where
// r goes on, so does the stream.
func (s *Stream) Next() (text string, err error) {
	for len(s.ready) == 0 {
		if err, s.err = s.err, nil; err != nil {
			return "", err
		}
		if err := s.read(); err != nil {
			return "", err
		}
	}
	text = s.ready[0]
	s.ready = s.ready[1:]
	return text, nil
}

// read takes one character.
func (s *Stream) read() error {
	r, size, err := s.in.ReadRune()
	if err != nil {
		s.endLine()
		s.flush()
		s.err = fmt.Errorf("read from the scanner: %w", err)
		if errors.Is(err, io.EOF) {
			s.err = io.EOF
		}
		return nil
	}
	var buf [utf8.UTFMax]byte
	bytes := utf8.AppendRune(buf[:0], r)
	if r == utf8.RuneError && size == 1 { // no UTF-8: keep the byte
		if err := s.in.UnreadRune(); err == nil {
			bytes[0], _ = s.in.ReadByte()
			bytes = bytes[:1]
		}
	}
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		s.endLine()
	case s.skip || r < ' ' || r == 0x7F: // start and end of text, and the like
	case len(s.raw)+len(bytes) > MaxText:
		s.restart()
		s.lines, s.skip = nil, true
		return ErrTooLong
	default:
		s.take(r, bytes)
	}
	return nil
}

func (s *Stream) take(r rune, bytes []byte) {
	s.raw = append(s.raw, bytes...)
	if n := identifier(s.raw); n > 0 || s.raw[0] == ']' && len(s.raw) < 3 {
		if n == len(s.raw) {
			s.raw = s.raw[:0]
		}
		return
	}
	clean, ok := cleaned(r, bytes[0])
	if !ok {
		s.other = true
	}
	if s.other {
		s.text = s.text[:0]
		return
	}
	for i := range len(clean) {
		s.text = append(s.text, clean[i])
		if s.complete() {
			return
		}
	}
}

// identifier returns the length of the AIM symbology identifier at the start
// of the line (ISO/IEC 15424: "]", a letter, a digit), 0 for none.
func identifier(raw []byte) int {
	if len(raw) >= 3 && raw[0] == ']' && unicode.IsLetter(rune(raw[1])) && raw[2] >= '0' && raw[2] <= '9' {
		return 3
	}
	return 0
}

// complete looks for a zone that ends with the last character, and for one
// without line ends that is as long as its first letters promise.
func (s *Stream) complete() bool {
	tail := string(s.text[max(0, len(s.text)-2*maxZone):])
	for _, line := range spellings(tail) {
		all := strings.Join(s.lines, "") + line
		for _, n := range [...]int{90, 88, 72} {
			if len(all) < n || strings.IndexByte("ACIPV", all[len(all)-n]) < 0 {
				continue
			}
			z, err := Parse(all[len(all)-n:])
			if err != nil || !z.Valid {
				continue
			}
			if n <= len(line) {
				s.flush() // the whole lines before it; what precedes it in its line is noise
			}
			s.ready = append(s.ready, strings.Join(z.Lines, "\n"))
			s.lines = nil
			s.restart()
			return true
		}
	}
	zone := string(s.text[s.done:])
	if len(s.lines) > 0 || len(zone) != promised(zone) || strings.Contains(zone, " ") {
		return false
	}
	s.ready = append(s.ready, withLines(zone))
	// What was returned stays for a while: a zone with a character too few has
	// taken the first of the next.
	if s.done = len(s.text); s.done > 2*maxZone {
		s.text, s.raw, s.done = s.text[s.done-maxZone:], s.raw[:0], maxZone
	}
	return false
}

// withLines parts a zone in one piece into its lines.
func withLines(zone string) string {
	var room [maxRows]string
	return strings.Join(cut(zone, &room), "\n")
}

// maxZone is the number of characters of the longest zone.
const maxZone = 90

// spellings returns the text with its spaces left out, and where it has some,
// also with fillers in their place: scanners send either for a <.
func spellings(text string) []string {
	if !strings.Contains(text, " ") {
		return []string{text}
	}
	return []string{strings.ReplaceAll(text, " ", "<"), strings.ReplaceAll(text, " ", "")}
}

// promised returns how long a zone that begins like this is, 0 while that is
// open: by its code, and for cards by what stands in columns 31 to 36, where a
// TD1 has the date of birth and a TD2 names.
func promised(zone string) int {
	if len(zone) < 72 || !letters.fits(zone[:5]) || zone[0] == '<' || zone[:5] == "IDFRA" {
		return 0
	}
	switch zone[0] {
	case 'P':
		return 88
	case 'V':
		if letters.fits(zone[36:44]) {
			return 88
		}
		return 72
	case 'A', 'C', 'I':
		if countDigits(zone[30:36]) > 3 {
			return 90
		}
		return 72
	}
	return 0
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if ClassDigit.Has(s[i]) {
			n++
		}
	}
	return n
}

// endLine ends the line under way.
func (s *Stream) endLine() {
	raw, text, other, done := strings.TrimSpace(string(s.raw)), string(s.text), s.other, s.done
	s.restart()
	s.skip = false
	if done > 0 {
		return // what is left behind a zone that was returned is noise
	}
	if other || raw != "" && raw[0] == ']' {
		s.flush()
		s.ready = append(s.ready, raw)
		return
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	line, rows := lineOf(text)
	switch rows {
	case 1:
		s.flush()
		s.ready = append(s.ready, withLines(line))
	case 0:
		s.flush()
		s.ready = append(s.ready, raw)
	default:
		if !s.continues(line, rows) {
			s.flush()
		}
		if s.lines = append(s.lines, line); len(s.lines) == rows {
			s.flush()
		}
	}
}

// continues reports whether the line may be the next of the zone under way,
// which has so many rows. Second lines hold dates, the third names.
func (s *Stream) continues(line string, rows int) bool {
	if len(s.lines) == 0 {
		return true
	}
	if _, same := lineOf(s.lines[0]); same != rows || !near(len(s.lines[0]), len(line)) {
		return false
	}
	digits := countDigits(line)
	switch {
	case len(s.lines) == 2:
		return digits < 6
	case rows == 3:
		return letters.fits(line[15:18]) && digits >= 2
	}
	return digits >= 3
}

// lineOf says of how many rows the zone is that has such a line: 1 where it is
// all of it, 0 where none has. A line may be a character or two too short or
// too long: Mend may know better.
func lineOf(text string) (line string, rows int) {
	all := spellings(text)
	for _, line := range all {
		if rows := rowsOf(len(line)); rows > 0 {
			return line, rows
		}
	}
	for _, line := range all {
		for _, width := range [...]int{30, 36, 44} {
			if near(len(line), width) {
				return line, rowsOf(width)
			}
		}
	}
	return "", 0
}

func rowsOf(width int) int {
	switch width {
	case 30:
		return 3
	case 36, 44:
		return 2
	case 72, 88, 90:
		return 1
	}
	return 0
}

// near reports whether a line of n characters may be one of the width.
func near(n, width int) bool { return n >= width-2 && n <= width+2 }

// flush returns the lines of a zone that was not completed.
func (s *Stream) flush() {
	if len(s.lines) > 0 {
		s.ready = append(s.ready, strings.Join(s.lines, "\n"))
		s.lines = nil
	}
}

// restart forgets the line under way.
func (s *Stream) restart() {
	s.raw, s.text, s.done, s.other = s.raw[:0], s.text[:0], 0, false
}
