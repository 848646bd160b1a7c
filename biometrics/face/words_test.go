package face

import "testing"

func TestEveryMessageHasWords(t *testing.T) {
	codes := []string{"ok", "no-face", "several-faces"}
	for _, r := range rules {
		codes = append(codes, r.code)
	}
	for _, c := range codes {
		if w := Words(c); w.VI == "" || w.EN == "" || w.VI == w.EN {
			t.Errorf("%s: %+v", c, w)
		}
	}
	if w := Words("no such code"); w.VI != "" || w.EN != "" {
		t.Errorf("unknown code: %+v", w)
	}
}
