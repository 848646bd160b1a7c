package cccd

// A card is to be exchanged on certain birthdays: at 25, 40 and 60 (Law on
// citizen identification 2014, art. 21), since July 2024 at 14 as well (Law on
// identification 2023, art. 21). A card issued within the two years before such
// a birthday is good for the next one; after the last it never expires.

// graceYears is how long before an exchange birthday a new card skips it.
const graceYears = 2

// law2023 is the first day of the law of 2023.
var law2023 = Date{2024, 7, 1}

// Expiry is when a card ends: a day, or never.
type Expiry struct {
	Date  Date
	Never bool
}

// YYMMDD returns the expiry as the machine-readable zone prints it: 991231 for
// never.
func (e Expiry) YYMMDD() string {
	if e.Never {
		return "991231"
	}
	return e.Date.YYMMDD()
}

// Expiries computes what the QR leaves out, in the order to try: what the rule
// says, then the neighbouring birthday, should the issuer have counted
// otherwise. Somebody born on 29 February gets two days where the year has no
// such day. Both dates must be full; otherwise there is no answer.
func Expiries(birth, issued Date) []Expiry {
	if !birth.Full() || !issued.Full() || issued.before(birth) {
		return nil
	}
	ages := exchangeAges(issued)
	next := len(ages) // index of the first exchange birthday after the issue
	for i, age := range ages {
		if issued.before(birthday(birth, age)[0]) {
			next = i
			break
		}
	}
	rule, neighbour := next, next+1
	if next < len(ages) && !issued.before(birthday(birth, ages[next]-graceYears)[0]) {
		rule, neighbour = next+1, next
	}
	all := expiriesAt(birth, ages, rule)
	if neighbour <= len(ages) {
		all = append(all, expiriesAt(birth, ages, neighbour)...)
	}
	return all
}

func exchangeAges(issued Date) []int {
	if issued.before(law2023) {
		return []int{25, 40, 60}
	}
	return []int{14, 25, 40, 60}
}

// expiriesAt returns the expiry at the exchange birthday of that index, never
// behind the last.
func expiriesAt(birth Date, ages []int, i int) []Expiry {
	if i >= len(ages) {
		return []Expiry{{Never: true}}
	}
	var all []Expiry
	for _, d := range birthday(birth, ages[i]) {
		all = append(all, Expiry{Date: d})
	}
	return all
}

// birthday returns the day on which somebody reaches the age. How the issuer
// counts for 29 February is not documented: 28 February comes first, then
// 1 March.
func birthday(birth Date, age int) []Date {
	d := Date{birth.Year + age, birth.Month, birth.Day}
	if t, _ := d.Time(); t.Day() == d.Day {
		return []Date{d}
	}
	return []Date{{d.Year, 2, 28}, {d.Year, 3, 1}}
}
