package central

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/offline/envelope"
)

// InventedModel names the face templates of invented citizens: random
// directions, no face of anyone.
const InventedModel = "invented"

// inventedDimensions is the length of an invented template.
const inventedDimensions = 128

// Names of people who do not exist: Thử, Mẫu and Giả are "trial", "sample" and
// "pretended".
var (
	families = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi"}
	middles  = map[string][]string{"M": {"Văn", "Hữu", "Đức"}, "F": {"Thị", "Ngọc", "Thu"}}
	givens   = []string{"Thử", "Mẫu", "Giả"}
)

// Invent writes a register of n invented citizens into the folder, with
// appointments for the station on the day, which is Vietnam's. The same seed
// gives the same people; numbers carry 9 as their fourth digit, a century that
// nobody was born in.
func Invent(dir string, n int, seed uint64, station string, day time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("central: %w", err)
	}
	dice := rand.New(rand.NewPCG(seed, seed))
	list := citizens{Accept: map[string]float64{InventedModel: 0.5}, Citizens: make([]Citizen, 0, n)}
	book := make([]booked, 0, n)
	day = day.In(hanoi())
	morning := time.Date(day.Year(), day.Month(), day.Day(), 8, 0, 0, 0, day.Location())
	for i := range n {
		c := invented(dice, i)
		list.Citizens = append(list.Citizens, c)
		if station != "" && i < appointmentsADay {
			at := morning.Add(time.Duration(i) * appointmentLength)
			book = append(book, booked{station, Appointment{at, c.Number, c.Fields["name"], "citizen"}})
		}
	}
	return saveRegister(dir, list, book)
}

// Add puts further citizens into the folder's register, say the one of a demo's
// card, in the place of those with the same numbers; accept says from which
// cosine templates of a model are one person.
func Add(dir string, accept map[string]float64, others ...Citizen) error {
	r, err := OpenRegister(dir, nil)
	if err != nil {
		return err
	}
	list := citizens{Accept: map[string]float64{}}
	maps.Copy(list.Accept, r.accept)
	maps.Copy(list.Accept, accept)
	for i := range others {
		r.byNumber[others[i].Number] = &others[i]
	}
	for _, number := range slices.Sorted(maps.Keys(r.byNumber)) {
		list.Citizens = append(list.Citizens, *r.byNumber[number])
	}
	return saveFile(dir, citizensFile, list)
}

// A day at a counter.
const (
	appointmentsADay  = 40
	appointmentLength = 12 * time.Minute
)

func invented(dice *rand.Rand, i int) Citizen {
	sex := []string{"M", "F"}[dice.IntN(2)]
	birth := time.Date(1950+dice.IntN(60), time.Month(1+dice.IntN(12)), 1+dice.IntN(28), 0, 0, 0, 0, time.UTC)
	pick := func(from []string) string { return from[dice.IntN(len(from))] }
	vector, length := make([]float32, inventedDimensions), 0.0
	for k := range vector {
		x := dice.NormFloat64()
		vector[k], length = float32(x), length+x*x
	}
	for k := range vector {
		vector[k] /= float32(math.Sqrt(length))
	}
	return Citizen{
		Number: fmt.Sprintf("0019%02d%06d", birth.Year()%100, i+1),
		Fields: map[string]string{
			"name":  pick(families) + " " + pick(middles[sex]) + " " + pick(givens),
			"birth": birth.Format(time.DateOnly), "sex": sex, "nationality": "VNM",
		},
		Phone: fmt.Sprintf("0900%06d", i+1),
		Face:  &face.Template{Model: InventedModel, Vector: vector},
	}
}

func saveRegister(dir string, list citizens, book []booked) error {
	if err := saveFile(dir, citizensFile, list); err != nil {
		return err
	}
	return saveFile(dir, appointmentsFile, book)
}

func saveFile(dir, name string, v any) error {
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("central: %w", err)
	}
	return envelope.SaveFile(filepath.Join(dir, name), raw, 0o600)
}
