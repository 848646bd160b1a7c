package camera

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestMessagesRoundTrip(t *testing.T) {
	hello, err := Hello{Name: "C920", Source: "v4l2", Width: 1280, Height: 720}.Message()
	if err != nil {
		t.Fatal(err)
	}
	picture := Picture{Seq: 7, Time: time.Unix(1_800_000_000, 123456789), Width: 1280, Height: 720, JPEG: []byte{0xff, 0xd8, 0xff, 0xd9}}
	sent := []Message{hello, picture.Message(), {Kind: KindTrouble, Body: []byte("gone")}, {Kind: KindEnd, Body: []byte{}}}
	var wire bytes.Buffer
	for _, m := range sent {
		if err := WriteMessage(&wire, m); err != nil {
			t.Fatal(err)
		}
	}
	var got []Message
	for {
		m, err := ReadMessage(&wire)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	if !reflect.DeepEqual(got, sent) {
		t.Errorf("got %v, sent %v", got, sent)
	}
	back, err := ParsePicture(got[1].Body)
	if err != nil || !back.Time.Equal(picture.Time) || back.Seq != 7 || !bytes.Equal(back.JPEG, picture.JPEG) {
		t.Errorf("picture %+v, %v", back, err)
	}
	if h, err := ParseHello(got[0].Body); err != nil || h.Name != "C920" || h.Virtual {
		t.Errorf("hello %+v, %v", h, err)
	}
}

func TestMessageOnTheWire(t *testing.T) {
	var wire bytes.Buffer
	if err := WriteMessage(&wire, Message{Kind: KindTrouble, Body: []byte("no")}); err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(wire.Bytes()), "5443414d"+"01"+"03"+"0000"+"00000002"+"6e6f"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestReadMessageRefuses(t *testing.T) {
	for name, h := range map[string]string{
		"no magic":          "5843414d0104000000000000",
		"other version":     "5443414d0204000000000000",
		"reserved bits":     "5443414d0104000100000000",
		"unknown kind":      "5443414d0109000000000000",
		"an end with more":  "5443414d010400000000000100",
		"a long trouble":    "5443414d0103000000001001",
		"a huge picture":    "5443414d01020000ffffffff",
		"cut in the header": "5443414d0104",
		"cut in the body":   "5443414d0103000000000005aabb",
	} {
		b, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := ReadMessage(bytes.NewReader(b)); !errors.Is(err, ErrProtocol) || m.Body != nil {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	good, _ := hex.DecodeString("5443414d0104000000000000")
	if _, err := ReadMessage(bytes.NewReader(good)); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestWriteMessageKeepsTheLimits(t *testing.T) {
	if err := WriteMessage(io.Discard, Message{Kind: KindTrouble, Body: make([]byte, MaxText+1)}); !errors.Is(err, ErrProtocol) {
		t.Errorf("long trouble: %v", err)
	}
	if err := WriteMessage(io.Discard, Message{Kind: 9}); !errors.Is(err, ErrProtocol) {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, p := range []Picture{{Width: 8, Height: 720, JPEG: []byte{1}}, {Width: 1280, Height: 5000, JPEG: []byte{1}}, {Width: 640, Height: 480}} {
		if _, err := ParsePicture(p.Message().Body); !errors.Is(err, ErrProtocol) {
			t.Errorf("%d×%d, %d bytes: %v", p.Width, p.Height, len(p.JPEG), err)
		}
	}
	for _, h := range []string{"", "[]", `{"source":"radio"}`, strings.Repeat("{", 1000)} {
		if _, err := ParseHello([]byte(h)); !errors.Is(err, ErrProtocol) {
			t.Errorf("hello %.20q: %v", h, err)
		}
	}
}

func FuzzReadMessage(f *testing.F) {
	hello, err := Hello{Name: "C920", Source: "video", Virtual: true}.Message()
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range []Message{
		hello, {Kind: KindEnd}, {Kind: KindTrouble, Body: []byte("gone")},
		Picture{Width: 16, Height: 16, JPEG: []byte{0xff, 0xd8}}.Message(),
	} {
		var b bytes.Buffer
		if err := WriteMessage(&b, m); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		m, err := ReadMessage(bytes.NewReader(wire))
		if err != nil {
			if m.Body != nil {
				t.Fatal("an error and a message")
			}
			return
		}
		var b bytes.Buffer
		if err := WriteMessage(&b, m); err != nil || !bytes.HasPrefix(wire, b.Bytes()) {
			t.Fatalf("written back: %v\n% x\n% x", err, b.Bytes(), wire)
		}
		if p, err := ParsePicture(m.Body); err == nil && m.Kind == KindPicture {
			if !bytes.Equal(p.Message().Body, m.Body) {
				t.Fatal("the picture is not written back the same")
			}
		}
		if h, err := ParseHello(m.Body); err == nil && m.Kind == KindHello {
			if _, err := h.Message(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
