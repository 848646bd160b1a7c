package enrol

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestPreviewWaitsForAnotherPicture(t *testing.T) {
	s := newBench(t, t.TempDir()).open(t)
	if b, n := s.Preview(t.Context(), 0); b != nil || n != 0 {
		t.Errorf("a picture before there is any: %q, %d", b, n)
	}
	s.preview.show([]byte("a"))
	b, first := s.Preview(t.Context(), 0)
	if string(b) != "a" || first == 0 {
		t.Fatalf("%q, %d", b, first)
	}
	if b, n := s.Preview(t.Context(), first+5); string(b) != "a" || n != first {
		t.Errorf("who has a picture of another run gets this one's: %q, %d", b, n)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if b, n := s.Preview(soon, first); b != nil || n != 0 {
		t.Errorf("the same picture again: %q, %d", b, n)
	}
	const pages = 3
	got := make(chan string, pages)
	for range pages {
		go func() {
			b, n := s.Preview(t.Context(), first)
			got <- fmt.Sprint(string(b), n)
		}()
	}
	time.Sleep(20 * time.Millisecond)
	s.preview.drop() // no picture: they go on waiting
	time.Sleep(20 * time.Millisecond)
	s.preview.show([]byte("b"))
	for range pages {
		if g, want := <-got, fmt.Sprint("b", first+1); g != want {
			t.Errorf("%s, want %s", g, want)
		}
	}
	go func() {
		_, n := s.Preview(context.Background(), first+1)
		got <- fmt.Sprint(n)
	}()
	time.Sleep(20 * time.Millisecond)
	_ = s.Close()
	if g := <-got; g != "0" {
		t.Errorf("a closed station shows picture %s", g)
	}
}
