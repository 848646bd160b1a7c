package cccd

import "strings"

// Telex writes ă â ê ô ơ ư đ as aw aa ee oo ow uw dd and the five tones as
// f s r x j behind the vowel or the word. Names of the highlands (Ksor, Nay
// Der, Y Blas) have such letters too, so a word counts only where it spells a
// Vietnamese syllable that way, and the text as a whole has to look typed.

// onsets and rimes make up the Vietnamese syllables, in Telex without tone.
const (
	onsets = " b c ch d dd g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x "
	rimes  = " a ac ach ai am an ang anh ao ap at au ay awc awm awn awng awp awt aac aam aan aang aap aat aau aay" +
		" e ec em en eng eo ep et ee eech eem een eenh eep eet eeu i ia ich im in inh ip it iu" +
		" iee ieec ieem ieen ieeng ieep ieet ieeu o oc oi om on ong op ot oo ooc ooi oom oon oong oop oot" +
		" ow owi owm own owp owt oa oac oach oai oam oan oang oanh oao oap oat oay oawc oawm oawn oawng oawt" +
		" oe oen oeo oet u ua uc ui um un ung up ut uaan uaang uaat uaay uee ueech ueenh" +
		" uoo uooc uooi uoom uoon uoong uoot uow uowc uowi uowm uown uowng uowp uowt uowu" +
		" uwow uwowc uwowi uwowm uwown uwowng uwowp uwowt uwowu uw uwa uwc uwi uwm uwn uwng uwt uwu" +
		" uy uya uych uyeen uyeet uynh uyt uyu y yeem yeen yeeng yeet yeeu "
)

// telex reports whether name and residence look typed: no Vietnamese letter at
// all, and at least two words that spell one by key strokes. With a sure one
// among them a third of the words is enough; without, most of the name and
// half of the residence have to look so.
func telex(name, residence string) bool {
	if !isASCII(name + residence) {
		return false
	}
	n, r := count(name), count(residence)
	typed, foreign := n.typed+r.typed, n.foreign+r.foreign
	if typed < 2 || foreign > typed {
		return false
	}
	if n.sure+r.sure > 0 {
		return typed*3 >= n.words+r.words
	}
	return n.typed*2 > n.words && r.words > 0 && r.typed*2 >= r.words && foreign*3 <= typed
}

// counted is what the words of a text look like.
type counted struct{ words, typed, sure, foreign int }

func count(text string) counted {
	var c counted
	for _, word := range strings.FieldsFunc(strings.ToLower(text), notLetter) {
		if len(word) < 2 {
			continue // initials, and the letters of an address
		}
		c.words++
		switch {
		case telexWord(word):
			c.typed++
			if strings.Contains(word, "w") || strings.Contains(word, "dd") || strings.Contains(word, "aa") {
				c.sure++ // no other language of the country spells so
			}
		case !isSyllable(word):
			c.foreign++
		}
	}
	return c
}

// telexWord reports whether a word spells a marked syllable by key strokes.
func telexWord(word string) bool {
	if isSyllable(word) {
		return strings.Contains(word, "w") || strings.HasPrefix(word, "dd") || doubled(word)
	}
	vowel := strings.IndexAny(word, "aeiouy")
	if vowel < 0 {
		return false
	}
	for i := vowel + 1; i < len(word); i++ {
		if strings.IndexByte("fsrxj", word[i]) >= 0 && isSyllable(word[:i]+word[i+1:]) {
			return true
		}
	}
	return false
}

// doubled reports â, ê or ô as keys.
func doubled(word string) bool {
	return strings.Contains(word, "aa") || strings.Contains(word, "ee") || strings.Contains(word, "oo")
}

// isSyllable reports a syllable without tone; letters with and without the
// marks of the alphabet are taken.
func isSyllable(word string) bool {
	for n := 0; n <= min(3, len(word)-1); n++ {
		if n > 0 && !strings.Contains(onsets, " "+word[:n]+" ") {
			continue
		}
		if rime := word[n:]; strings.Contains(rimes, " "+rime+" ") || strings.Contains(plainRimes, " "+rime+" ") {
			return true
		}
	}
	return false
}

// plainRimes are those rimes that exist with marks only, as they look when the
// marks are lost.
const plainRimes = " ieu iec iem ien ieng iep iet uan uang uat uay ue uech uenh uo uoc uoi uom uon uong uop uot uou uyen uyet yem yen yeng yet yeu eu ech enh "
