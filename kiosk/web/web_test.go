package web

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func read(t *testing.T, match func(name string) bool) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !match(name) {
			return err
		}
		b, err := fs.ReadFile(Files(), name)
		found[name] = string(b)
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("read pages: %d files, %v", len(found), err)
	}
	return found
}

func dictionary(t *testing.T) map[string]map[string]string {
	t.Helper()
	words := map[string]map[string]string{}
	for name, text := range read(t, func(name string) bool { return path.Ext(name) == ".json" }) {
		var part map[string]map[string]string
		if err := json.Unmarshal([]byte(text), &part); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, entry := range part {
			if words[key] != nil {
				t.Errorf("%s has %s once more", name, key)
			}
			words[key] = entry
		}
	}
	return words
}

// mayBeEmpty are sentences that some pages do without.
const mayBeEmpty = "lead."

var hole = regexp.MustCompile(`\{(\w+)\}`)

func TestBothLanguagesAreComplete(t *testing.T) {
	for key, entry := range dictionary(t) {
		if len(entry) != 2 {
			t.Errorf("%s: languages %v, want vi and en", key, entry)
		}
		for _, language := range []string{"vi", "en"} {
			if strings.TrimSpace(entry[language]) == "" && !strings.HasPrefix(key, mayBeEmpty) {
				t.Errorf("%s has no %s", key, language)
			}
		}
		if vi, en := hole.FindAllString(entry["vi"], -1), hole.FindAllString(entry["en"], -1); !slices.Equal(vi, en) {
			t.Errorf("%s: the languages fill different holes: %v and %v", key, vi, en)
		}
	}
}

var (
	literalKey = regexp.MustCompile(`\bt\('([^']+)'`)
	builtKey   = regexp.MustCompile("\\bt\\(`([^`$]+)\\$\\{")
	anyKey     = regexp.MustCompile(`'([a-z-]+\.[a-z-]+)'`)
	chosenKey  = regexp.MustCompile(`\? '([a-z-]+\.[a-z-]+)'`)
)

// Each key that a page names must be in the dictionary, and each entry must be
// named, wholly or by its prefix.
func TestKeysAndPagesAgree(t *testing.T) {
	words, named, prefixes := dictionary(t), map[string]bool{}, map[string]bool{}
	for file, text := range read(t, func(name string) bool { return path.Ext(name) == ".js" }) {
		for _, expression := range []*regexp.Regexp{literalKey, chosenKey} {
			for _, m := range expression.FindAllStringSubmatch(text, -1) {
				if words[m[1]] == nil {
					t.Errorf("%s names %q, which is not in the dictionary", file, m[1])
				}
			}
		}
		for _, m := range anyKey.FindAllStringSubmatch(text, -1) {
			named[m[1]] = true
		}
		for _, m := range builtKey.FindAllStringSubmatch(text, -1) {
			prefixes[m[1]] = true
		}
	}
	if len(named) < 50 || len(prefixes) < 10 {
		t.Fatalf("only %d keys and %d prefixes found: the search is broken", len(named), len(prefixes))
	}
	for key := range words {
		byPrefix := false
		for prefix := range prefixes {
			byPrefix = byPrefix || strings.HasPrefix(key, prefix)
		}
		if !named[key] && !byPrefix {
			t.Errorf("%s is in the dictionary but no page names it", key)
		}
	}
}

var (
	remark   = regexp.MustCompile(`(?m)(^|\s)//.*$`)
	literal  = regexp.MustCompile("'[^'\n]*'|`[^`]*`")
	sentence = regexp.MustCompile(`^[A-Z][a-z]+ [a-z]`)
)

// What the code itself says: names, and words of data that are compared.
var ownWords = []string{"Trạm", "Trạm ${built.version}", "Tiếng Việt", "Nam", "Nữ", "Việt Nam"}

// Whatever a page says stands in the dictionary, where both languages are held
// against each other: no sentence is in the code.
func TestNoSentenceIsInTheCode(t *testing.T) {
	found := 0
	for file, text := range read(t, func(name string) bool { return path.Ext(name) == ".js" }) {
		for _, quoted := range literal.FindAllString(remark.ReplaceAllString(text, ""), -1) {
			said := quoted[1 : len(quoted)-1]
			if slices.Contains(ownWords, said) {
				found++
				continue
			}
			if strings.ContainsFunc(said, func(r rune) bool { return r > 0x7f && unicode.IsLetter(r) }) || sentence.MatchString(said) {
				t.Errorf("%s says %s", file, quoted)
			}
		}
	}
	if found < len(ownWords) {
		t.Fatalf("only %d of the known words found: the search is broken", found)
	}
}

// The pages keep to the policy that the guard sends: nothing inline, nothing
// from elsewhere, no text that becomes markup.
func TestPagesKeepThePolicy(t *testing.T) {
	bans := map[string]string{
		"innerHTML": "text becomes markup", "outerHTML": "text becomes markup", "insertAdjacentHTML": "text becomes markup",
		"document.write": "text becomes markup", "eval(": "text becomes code", "new Function": "text becomes code",
		"https://": "comes from elsewhere", "<style": "inline style", " style=": "inline style", "onclick=": "inline script",
		"document.cookie": "the token is no cookie",
	}
	for file, text := range read(t, func(name string) bool { return path.Ext(name) != ".svg" }) {
		for ban, why := range bans {
			if strings.Contains(text, ban) {
				t.Errorf("%s contains %q: %s", file, ban, why)
			}
		}
	}
}

// PINs are typed into one kind of field, which no browser offers to keep.
func TestNoBrowserKeepsAPIN(t *testing.T) {
	const field = "parts/pin.js"
	for file, text := range read(t, func(name string) bool { return path.Ext(name) == ".js" }) {
		if has := strings.Contains(text, "'password'"); has != (file == field) {
			t.Errorf("%s: a field for secrets: %v", file, has)
		}
		if file == field && !strings.Contains(text, "autocomplete: 'one-time-code'") {
			t.Errorf("%s: browsers offer to keep what is typed", file)
		}
	}
}

// No sentence accuses the citizen.
func TestWordsNeverAccuse(t *testing.T) {
	for key, entry := range dictionary(t) {
		for _, ban := range []string{"giả", "forged", "fake", "gian lận", "fraud"} {
			text := strings.Join(strings.FieldsFunc(strings.ToLower(entry["vi"]+" "+entry["en"]), notLetter), " ")
			if strings.Contains(" "+text+" ", " "+ban+" ") {
				t.Errorf("%s says %q", key, ban)
			}
		}
	}
}

func notLetter(r rune) bool { return strings.ContainsRune(" ,.;:!?()…–-", r) }
