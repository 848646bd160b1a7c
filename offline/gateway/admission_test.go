package gateway

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// flood lets one province send far more than the gate takes, all the time, and
// another one send a request now and then. It returns how many of the quiet
// province's requests entered, how many were sent away, and the longest wait
// of those who entered.
func flood(t *testing.T, fair bool) (entered, refused int, longest time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(4, nil, time.Now)
		g.fair = fair
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 120 {
			wg.Go(func() {
				for ctx.Err() == nil {
					leave, _, _ := g.enter(ctx, Caller{Station: fmt.Sprintf("lut-%d", i), Province: "79"})
					if leave == nil {
						time.Sleep(40 * time.Millisecond) // it does not care for Retry-After
						continue
					}
					time.Sleep(100 * time.Millisecond)
					leave()
				}
			})
		}
		time.Sleep(2 * time.Second)
		for range 25 {
			begin := time.Now()
			leave, _, _ := g.enter(ctx, Caller{Station: "yen-1", Province: "10"})
			if leave == nil {
				refused++
			} else {
				entered++
				longest = max(longest, time.Since(begin))
				time.Sleep(100 * time.Millisecond)
				leave()
			}
			time.Sleep(50 * time.Millisecond)
		}
		cancel()
		wg.Wait()
		if running, waiting := g.load(); running != 0 || waiting != 0 || len(g.callers) != 0 {
			t.Errorf("the gate does not empty: %d, %d, %v", running, waiting, g.callers)
		}
	})
	return entered, refused, longest
}

// A province that floods does not starve another one; without fairness it
// does.
func TestFairness(t *testing.T) {
	entered, refused, longest := flood(t, true)
	if refused != 0 || entered != 25 || longest > 200*time.Millisecond {
		t.Errorf("beside a flood: %d entered, %d refused, longest wait %v", entered, refused, longest)
	}
	cEntered, cRefused, cLongest := flood(t, false)
	if cRefused == 0 && cLongest <= 200*time.Millisecond {
		t.Errorf("control: one line for all serves the quiet province as well: %d entered, longest wait %v", cEntered, cLongest)
	}
	t.Logf("fair: %d in, %d away, longest %v; one line: %d in, %d away, longest %v", entered, refused, longest, cEntered, cRefused, cLongest)
}

// Provinces that all flood share the gate by their weights.
func TestWeights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, map[string]int{"01": 3, "02": 1}, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var mu sync.Mutex
		served := map[string]int{}
		for i := range 40 {
			province := []string{"01", "02"}[i%2]
			wg.Go(func() {
				for ctx.Err() == nil {
					leave, retry, _ := g.enter(ctx, Caller{Station: fmt.Sprint(i), Province: province})
					if leave == nil {
						time.Sleep(min(retry, 20*time.Millisecond))
						continue
					}
					time.Sleep(10 * time.Millisecond)
					mu.Lock()
					served[province]++
					mu.Unlock()
					leave()
				}
			})
		}
		time.Sleep(10 * time.Second)
		cancel()
		wg.Wait()
		if ratio := float64(served["01"]) / float64(served["02"]); ratio < 2.5 || ratio > 3.5 {
			t.Errorf("served %v: not three to one", served)
		}
	})
}

// Those who are sent away come back at different times, later the more there
// are; the time is bounded; a station with too much under way hears so.
func TestAppointments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, nil, time.Now)
		g.room = 0
		leave, _, _ := g.enter(t.Context(), Caller{Station: "a"})
		if leave == nil {
			t.Fatal("an empty gate takes nobody")
		}
		var last time.Duration
		longest := time.Duration(0)
		for i := range 100_000 {
			other, retry, greedy := g.enter(t.Context(), Caller{Station: fmt.Sprint("b", i%10_000)})
			if other != nil || greedy || retry < minRetry || retry > maxRetry {
				t.Fatalf("%d: %v, %v", i, retry, greedy)
			}
			if i < 50_000 && retry <= last {
				t.Fatalf("%d: %v is not later than %v", i, retry, last)
			}
			last = retry
			longest = max(longest, retry)
		}
		if longest != maxRetry {
			t.Errorf("100,000 sent away: the last one for %v, want %v", longest, maxRetry)
		}
		time.Sleep(2 * maxRetry)
		if _, retry, _ := g.enter(t.Context(), Caller{Station: "c"}); retry != minRetry {
			t.Errorf("after the storm: %v", retry)
		}
		leave()
		leave() // twice is once
		if running, _ := g.load(); running != 0 {
			t.Errorf("%d under way", running)
		}
	})
}

func TestGreedyCaller(t *testing.T) {
	g := newGate(100, nil, time.Now)
	for range perCaller {
		if leave, _, _ := g.enter(t.Context(), Caller{Station: "a"}); leave == nil {
			t.Fatal("refused too early")
		}
	}
	if leave, retry, greedy := g.enter(t.Context(), Caller{Station: "a"}); leave != nil || !greedy || retry == 0 {
		t.Errorf("the ninth request of a station: %v, %v", retry, greedy)
	}
	if leave, _, _ := g.enter(t.Context(), Caller{Station: "b"}); leave == nil {
		t.Error("control: another station is refused too")
	}
}

func TestLeaveWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, nil, time.Now)
		leave, _, _ := g.enter(t.Context(), Caller{Station: "a"})
		begin := time.Now()
		if other, _, _ := g.enter(t.Context(), Caller{Station: "b"}); other != nil || time.Since(begin) != maxWait {
			t.Errorf("waited %v", time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if other, _, _ := g.enter(ctx, Caller{Station: "b"}); other != nil || time.Since(begin) != maxWait+time.Second {
			t.Errorf("a caller that left waited %v", time.Since(begin))
		}
		leave()
		if running, waiting := g.load(); running != 0 || waiting != 0 {
			t.Errorf("%d under way, %d waiting", running, waiting)
		}
	})
}

// The slowest requests of one province leave an eighth of the gate to others.
func TestReserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(16, nil, time.Now)
		for i := range 14 {
			if leave, _, _ := g.enter(t.Context(), Caller{Station: fmt.Sprint(i), Province: "79"}); leave == nil {
				t.Fatal("refused too early")
			}
		}
		if leave, _, _ := g.enter(t.Context(), Caller{Station: "x", Province: "79"}); leave != nil {
			t.Error("a province takes the whole gate")
		}
		if leave, _, _ := g.enter(t.Context(), Caller{Station: "y", Province: "10"}); leave == nil {
			t.Error("no slot is left for another province")
		}
	})
}
