package mrz

import (
	"strings"
	"testing"
)

// TestTruncatedNames holds the examples of Doc 9303-4 §4.2.3, -6 §4.2.3 and
// -7: whichever way the issuer truncated, the names match, and those of
// somebody else do not.
//
//nolint:misspell // a town in the examples
func TestTruncatedNames(t *testing.T) {
	tail := map[int]string{
		44: "L898902C36UTO7408122F1204159ZE184226B<<<<<10", 36: "D231458907UTO7408122F1204159<<<<<<<6",
	}
	for names, c := range map[string]struct {
		surname, given string
		truncated      bool
	}{
		"PPUTONILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K": {"Nilavadhanananda", "Chayapa Dejthamrong Krasuang", true},
		"PPUTONILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU": {"Nilavadhanananda", "Arnpol Petch Charonguang", true},
		"PPUTOBENNELONG<WOOLOOMOOLOO<WARRANDYTE<W<<DI": {"Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", true},
		"PPUTOBENNELONG<WOOLOOM<WARRAND<WARNAM<<DINGO": {"Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", true},
		"PPUTOBENNEL<WOOLOO<WARRAN<WARNAM<<DINGO<POTO": {"Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", true},
		"PPUTOPAPANDROPOULOUS<<JONATHON<WARREN<TREVOR": {"Papandropoulous", "Jonathon Warren Trevor", true},
		"PPUTOOCONNOR<<ENYA<SIOBHAN<<<<<<<<<<<<<<<<<<": {"O'Connor", "Enya Siobhan", false},
		"PPUTOAL<BASRI<<HUDA<MUHAMMAD<JAWAD<<<<<<<<<<": {"Al-Basri", "Huda Muhammad Jawad", false},
		"PPUTOSATRIYA<SUDARPA<<<<<<<<<<<<<<<<<<<<<<<<": {"Satriya Sudarpa", "", false},
		"I<UTONILAVADHANANANDA<<CHAYAPA<DEJ<K":         {"Nilavadhanananda", "Chayapa Dejthamrong Krasuang", true},
		"I<UTONILAVADHANANANDA<<ARN<PET<CHARO":         {"Nilavadhanananda", "Arnpol Petch Charonguang", true},
		"I<UTOBENNELONG<WOOLOOMOOLOO<W<W<<D<P":         {"Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", true},
		"I<UTOMUELLER<<JUERGEN<<<<<<<<<<<<<<<":         {"Müller", "Jürgen", false},
		"I<UTOMULLER<<JURGEN<<<<<<<<<<<<<<<<<":         {"Müller", "Jürgen", false},
	} {
		z, err := Parse(names + "\n" + tail[len(names)])
		if err != nil || !z.Valid {
			t.Fatalf("%s: %v", names, err)
		}
		if z.Truncated() != c.truncated {
			t.Errorf("%s: truncated %v", names, z.Truncated())
		}
		if !z.MatchesNames(c.surname, c.given) {
			t.Errorf("%s is not %s, %s", names, c.surname, c.given)
		}
		for _, other := range [][2]string{{c.surname, "X"}, {"X", c.given}, {c.given, c.surname}, {"", ""}} {
			if z.MatchesNames(other[0], other[1]) {
				t.Errorf("%s is %q", names, other)
			}
		}
	}
}

//nolint:misspell // likewise
func TestTruncate(t *testing.T) {
	for want, c := range map[string]struct{ surname, given string }{
		"NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K": {"Nilavadhanananda", "Chayapa Dejthamrong Krasuang"},
		"NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU": {"Nilavadhanananda", "Arnpol Petch Charonguang"},
		"BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WA<<D": {"Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo"},
		"PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR": {"Papandropoulous", "Jonathon Warren Trevor"},
		"PAPANDROPOULOUS<<JONATHON<TREVOR<WARR<X": {"Papandropoulous", "Jonathon Trevor Warre Xu"},
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ<<ABCDEFG<F<G": {"Abcdefghijklmnopqrstuvwxyz", "Abcdefgh F G H"},
		"BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WARNA": {"Bennelong Wooloomooloo Warrandyte Warnambool", ""},
		"LLANFAIRPWLLGWYNGYLLGOGERYCHWYRNDRO<<AB": {"Llanfairpwllgwyngyllgogerychwyrndro", "Ab"},
		"LLANFAIRPWLLGWYNGYLLGOGERYCHWYRNDROB<<A": {"Llanfairpwllgwyngyllgogerychwyrndrobwll", "Ab"},
	} {
		got := nameField(c.surname, c.given, 39)
		if got != want {
			t.Errorf("%s, %s: %s, want %s", c.surname, c.given, got, want)
		}
		d := Data{Code: "P", Issuer: "UTO", Number: "L898902C3", Birth: "740812", Expiry: "120415",
			Nationality: "UTO", Surname: c.surname, Given: c.given}
		for _, f := range []Format{TD1, TD2, TD3, MRVA, MRVB} {
			if d.Code = "P"; f == MRVA || f == MRVB {
				d.Code = "V"
			}
			lines, err := Generate(f, d)
			if err != nil {
				t.Fatal(err)
			}
			z, err := Parse(strings.Join(lines, ""))
			if err != nil || !z.Valid || !z.MatchesNames(c.surname, c.given) {
				t.Errorf("%s: %q: %v", f, lines, err)
			}
			if room := 39; f == TD3 && len(got) == room && !z.Truncated() {
				t.Errorf("%s: %q does not say that it is truncated", f, lines)
			}
		}
	}
}
