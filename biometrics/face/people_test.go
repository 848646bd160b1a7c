//go:build realparts && !race

package face_test

import (
	"image"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
)

// What the judge has to reach on people.
const (
	mustFind   = 0.98 // of the defects
	mayMistake = 0.02 // of the good pictures
)

// people are the samples, in order: a neutral and a smiling one of each.
func people(t *testing.T, find face.Finder) (out []sample) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared(t), "pairs", "*.jpg"))
	if err != nil || len(files) != 40 {
		t.Fatalf("%d pictures, %v", len(files), err)
	}
	for _, file := range files {
		out = append(out, sampleOf(t, find, open(t, file)))
	}
	return out
}

// tally counts pictures by kind.
type tally struct {
	sync.Mutex
	order  []string
	found  map[string]int
	of     map[string]int
	others map[string][]string // codes that are not the kind's
}

func newTally() *tally {
	return &tally{found: map[string]int{}, of: map[string]int{}, others: map[string][]string{}}
}

func (c *tally) add(kind string, codes []string, problems []string) {
	c.Lock()
	defer c.Unlock()
	hit := false
	for _, p := range problems {
		if slices.Contains(codes, p) {
			hit = true
		} else {
			c.others[kind] = append(c.others[kind], p)
		}
	}
	if c.of[kind] == 0 {
		c.order = append(c.order, kind)
	}
	c.of[kind]++
	if hit {
		c.found[kind]++
	}
}

// log prints the table and returns the sums.
func (c *tally) log(t *testing.T) (found, of int) {
	t.Helper()
	slices.Sort(c.order)
	for _, kind := range c.order {
		slices.Sort(c.others[kind])
		t.Logf("%-16s %3d of %3d   beside it: %s", kind, c.found[kind], c.of[kind], strings.Join(c.others[kind], " "))
		found, of = found+c.found[kind], of+c.of[kind]
	}
	return found, of
}

// inParallel does the work on as many samples as there are processors.
func inParallel(samples []sample, work func(i int, s sample)) {
	var wg sync.WaitGroup
	gate := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, s := range samples {
		wg.Add(1)
		gate <- struct{}{}
		go func() {
			defer wg.Done()
			work(i, s)
			<-gate
		}()
	}
	wg.Wait()
}

// TestTwelveDefectsOfPeople counts, on every other person, how many of the
// defects are named and how many good pictures are blamed. The limits of the
// measures lie where the gaps between good and bad are widest.
func TestTwelveDefectsOfPeople(t *testing.T) {
	find := facetest.Net(t)
	all := people(t, find)
	var judged []sample
	for i, s := range all {
		if i/2%2 == 1 {
			judged = append(judged, s)
		}
	}
	bad, good := newTally(), newTally()
	look := func(c *tally, kind string, codes []string, img image.Image) {
		img = jpegged(t, img, 90)
		faces, err := find.Find(img)
		if err != nil {
			t.Error(err)
			return
		}
		c.add(kind, codes, face.Judge(img, faces).Problems)
	}
	inParallel(judged, func(i int, s sample) {
		for _, d := range defects {
			for degree, spoil := range d.make {
				if i%2 == 1 && degree != 1 {
					continue // the smiling ones in the middle degree only
				}
				look(bad, d.kind, d.codes, spoil(s, all[(2*i+9)%len(all)]))
			}
		}
	})
	inParallel(all, func(_ int, s sample) {
		look(good, "upright", nil, s.film(standing))
		look(good, "a little off", nil, s.film(pose{eyes: 105, roll: 4, dx: 60, dy: 10}))
		for name, rim := range map[string]float64{"thin glasses": 0.02, "thick glasses": 0.06} {
			img := s.film(standing)
			glasses(rim)(img, s)
			look(good, name, nil, img)
		}
	})
	found, of := bad.log(t)
	if len(bad.order) != 12 || float64(found) < mustFind*float64(of) {
		t.Errorf("%d of %d defects of %d kinds found", found, of, len(bad.order))
	}
	_, passed := good.log(t)
	blamed := 0
	for _, kind := range good.order {
		blamed += len(good.others[kind])
	}
	if float64(blamed) > mayMistake*float64(passed) {
		t.Errorf("%d of %d good pictures blamed", blamed, passed)
	}
	t.Logf("found %d of %d defects, blamed %d of %d good pictures", found, of, blamed, passed)
}

// TestSharedDefects judges the labelled pictures with the networks.
func TestSharedDefects(t *testing.T) {
	find := facetest.Net(t)
	for name, want := range map[string]string{
		"v_good": "ok", "v_smile": "ok", "v_clutter": "ok", "v_jpegq8": "ok",
		"v_blur": "blurred", "v_motion": "hold-still", "v_dark": "too-dark", "v_over": "too-bright",
		"v_side": "side-light", "v_cast": "colour-cast", "v_roll12": "straighten", "v_small": "nearer",
		"v_offcentre": "centre", "v_twofaces": "several-faces", "v_mask": "face-covered", "v_sunglasses": "sunglasses",
	} {
		img := open(t, filepath.Join(shared(t), "bad", name+".jpg"))
		faces, err := find.Find(img)
		if err != nil {
			t.Fatal(err)
		}
		res := face.Judge(img, faces)
		if res.Code != want {
			t.Errorf("%s: %q, want %q: %+v", name, res.Code, want, res.Measures)
		}
		if got := slices.Contains(res.Warnings, "compression"); got != (name == "v_jpegq8") {
			t.Errorf("%s: warnings %v", name, res.Warnings)
		}
	}
	files, _ := filepath.Glob(filepath.Join(shared(t), "wild", "*"))
	for _, file := range files {
		img := open(t, file)
		faces, err := find.Find(img)
		if err != nil {
			t.Fatal(err)
		}
		res := face.Judge(img, faces)
		t.Logf("%s: %d faces, %v, warnings %v", filepath.Base(file), len(faces), res.Problems, res.Warnings)
	}
}

// TestEqualTreatmentByNetworks is TestEqualTreatment with the models.
func TestEqualTreatmentByNetworks(t *testing.T) { equalTreatment(t, facetest.Net(t)) }

// TestTwelveDefectsOfTheDrawnByNetworks is the same with the models.
func TestTwelveDefectsOfTheDrawnByNetworks(t *testing.T) { defectsOfTheDrawn(t, facetest.Net(t)) }

// TestWarningsOfPeople: the advisory measures are weaker, and say so by
// refusing nothing; still they must not cry wolf.
func TestWarningsOfPeople(t *testing.T) {
	find := facetest.Net(t)
	all := people(t, find)
	var lock sync.Mutex
	warned := map[string]int{}
	look := func(kind string, img image.Image, code string) {
		faces, err := find.Find(img)
		if err != nil {
			t.Error(err)
			return
		}
		if slices.Contains(face.Judge(img, faces).Warnings, code) {
			lock.Lock()
			warned[kind]++
			lock.Unlock()
		}
	}
	inParallel(all, func(i int, s sample) {
		img := s.film(standing)
		for _, code := range []string{"look-at-camera", "eyes-closed", "mouth-open", "background", "compression"} {
			look("plain: "+code, jpegged(t, img, 85), code)
		}
		look([]string{"neutral: smile", "smiling: smile"}[i%2], img, "smile")
		look("quality 20: compression", jpegged(t, img, 20), "compression")
		clutter(16)(img, s)
		look("notes on the wall: background", img, "background")
	})
	t.Logf("warnings on %d people: %v", len(all), warned)
	for kind, n := range warned {
		if strings.HasPrefix(kind, "plain") && n > len(all)/20 || kind == "neutral: smile" && n > 0 {
			t.Errorf("%s: %d of %d", kind, n, len(all))
		}
	}
	for _, kind := range []string{"quality 20: compression", "notes on the wall: background"} {
		if n := warned[kind]; n < len(all)*9/10 {
			t.Errorf("%s: %d of %d", kind, n, len(all))
		}
	}
	if n := warned["smiling: smile"]; n < len(all)/8 {
		t.Errorf("smiles: %d of %d", n, len(all)/2)
	}
}
