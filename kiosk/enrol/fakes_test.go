package enrol

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// Invented: the first sample of the facts' QR list.
const (
	testQR     = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội|20052021"
	testNumber = "001090990001"
	testName   = "Nguyễn Văn Thử"
	testPhone  = "0912345678"
)

func testReport(t testing.TB) *reader.Report {
	t.Helper()
	lines, err := mrz.Generate(mrz.TD1, mrz.Data{Code: "ID", Issuer: "VNM", Number: "090990001", Optional: testNumber,
		Birth: "900214", Sex: "M", Expiry: "300214", Nationality: "VNM", Surname: "NGUYEN", Given: "VAN THU"})
	if err != nil {
		t.Fatal(err)
	}
	ok := func(name string) verdict.Check { return verdict.Check{Name: name, Outcome: verdict.Passed} }
	return &reader.Report{
		Document: &lds.Document{
			Raw:  []lds.File{{ID: lds.EFCOM, Name: "EF.COM", Bytes: []byte{0x60, 0}}, {ID: lds.EFDG13, Name: "DG13", Bytes: []byte{0x6D, 0}}},
			MRZ:  &lds.MRZInfo{Zone: lines[0] + lines[1] + lines[2]},
			Face: &lds.Face{MediaType: "image/jpeg", Image: testJPEG(30, 40), Width: 30, Height: 40},
			VN: &lds.DG13{Number: testNumber, Name: testName, Birth: "14/02/1990", Sex: "Nam", Nationality: "Việt Nam",
				Residence: "Số 5, Ngõ 10 Phố Mẫu", Ethnicity: "Kinh", Religion: "Không",
				BirthDate: day(1990, 2, 14), IssueDate: day(2021, 5, 20), ExpiryDate: day(2030, 2, 14)},
		},
		Checks: []verdict.Check{ok("access"), ok("sod-hashes"), ok("sod-signature"),
			{Name: "chain", Outcome: verdict.Inconclusive, Reason: words("Chưa đủ căn cứ kết luận", "inconclusive")}},
		Access: access.PACECAN,
		Stats:  reader.Stats{Commands: 90, BytesUp: 900, BytesDown: 20000, Elapsed: 400 * time.Millisecond, SlotName: "fake slot", Virtual: true},
	}
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func testJPEG(w, h int) []byte {
	img := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, h/2, w, h/2+1), image.Black, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // our own bug
	}
	return b.Bytes()
}

// fakeChip answers a read from a list: an error, or nil for the report.
type fakeChip struct {
	mu     sync.Mutex
	report *reader.Report
	errs   []error       // one a read; exhausted: the report
	hold   chan struct{} // when set, a read waits for it in the middle
	reads  int
	keys   []int // how many keys each read was given
}

func (c *fakeChip) Read(ctx context.Context, keys []access.Key, on func(reader.Progress)) (*reader.Report, error) {
	c.mu.Lock()
	c.reads++
	c.keys = append(c.keys, len(keys))
	var err error
	if len(c.errs) > 0 {
		err, c.errs = c.errs[0], c.errs[1:]
	}
	hold, report := c.hold, c.report
	c.mu.Unlock()
	on(reader.Progress{Step: "DG2", Done: 1000, Total: 20000})
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	return report, ctx.Err()
}

func (c *fakeChip) Virtual() bool    { return true }
func (c *fakeChip) SlotName() string { return "fake slot" }

// fakeCamera counts how it is opened and closed.
type fakeCamera struct {
	mu           sync.Mutex
	open, opened int
	errs         []error
	dark         int           // from this opening on no frame ever comes; 0: none is dark
	view         int           // what it looks at
	hold         chan struct{} // when set, each frame waits for it
}

func (c *fakeCamera) start(context.Context) (biometrics.Camera, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.errs) > 0 {
		err := c.errs[0]
		c.errs = c.errs[1:]
		if err != nil {
			return nil, err
		}
	}
	c.open++
	c.opened++
	return &openCamera{of: c}, nil
}

func (c *fakeCamera) counts() (open, opened int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, c.opened
}

type openCamera struct{ of *fakeCamera }

func (c *openCamera) Frame(ctx context.Context) (biometrics.Frame, error) {
	if _, n := c.of.counts(); c.of.dark > 0 && n >= c.of.dark {
		<-ctx.Done()
	}
	c.of.wait(ctx)
	return biometrics.Frame{Image: c.of.scene(c.of.sees())}, ctx.Err()
}

// scene is what the camera sees; another view is another picture.
func (*fakeCamera) scene(view int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range view + 1 {
		img.Set(32+x, 24, color.White)
	}
	return img
}

func (c *fakeCamera) sees() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

func (c *fakeCamera) wait(ctx context.Context) {
	c.mu.Lock()
	hold := c.hold
	c.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
}

func (c *fakeCamera) stall(hold chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold = hold
}

func (c *fakeCamera) turn(view int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view = view
}

// handMark is the mark of the picture of the hand that a camera takes at first.
var handMark = func() string {
	p, err := photoOf((*fakeCamera)(nil).scene(0), biometrics.Device{}, time.Time{})
	if err != nil {
		panic(err) // our own bug
	}
	return markOf(p.JPEG)
}()

func (c *openCamera) Device() biometrics.Device {
	return biometrics.Device{Name: "fake camera", Driver: "fake", Virtual: true}
}

func (c *openCamera) Close() error {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.open--
	return nil
}

// fakeScanner answers captures from a list of errors, then with prints.
type fakeScanner struct {
	mu           sync.Mutex
	open, opened int
	errs         []error
	poor         int         // so many prints without ridges come first
	absent       atomic.Bool // no finger ever comes
}

func (f *fakeScanner) start(context.Context) (biometrics.Scanner, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open++
	f.opened++
	return f, nil
}

func (f *fakeScanner) counts() (open, opened int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open, f.opened
}

func (f *fakeScanner) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.errs) > 0 {
		err := f.errs[0]
		f.errs = f.errs[1:]
		return nil, err
	}
	if f.absent.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	img := drawn(req.Finger)
	if f.poor > 0 {
		f.poor--
		img = image.NewGray(img.Bounds())
	}
	preview(img)
	return biometrics.One(req, img, 500, f.Device(), time.Now()), ctx.Err()
}

func (f *fakeScanner) Takes(biometrics.Request) bool { return true }

func (f *fakeScanner) Device() biometrics.Device {
	return biometrics.Device{Name: "fake scanner", Driver: "fake", Virtual: true}
}

func (f *fakeScanner) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open--
	return nil
}

// fakeBooks is what an outbox keeps beside the dossiers.
type fakeBooks struct {
	books  sync.Mutex
	full   error // of Room
	deaf   error // of Act
	blind  error // of Status and Find
	acts   []Act
	drafts map[uuid.UUID]string
	known  map[string]offline.Status // by the citizen's number
	held   []*dossier.Dossier
	heldTo string // the last one's supervisor
}

func (b *fakeBooks) Room() error { return b.full }

func (b *fakeBooks) Begin(id uuid.UUID, kind string) error {
	b.books.Lock()
	defer b.books.Unlock()
	if b.drafts == nil {
		b.drafts = map[uuid.UUID]string{}
	}
	b.drafts[id] = kind
	return nil
}

func (b *fakeBooks) Abandon(id uuid.UUID) error {
	b.books.Lock()
	defer b.books.Unlock()
	delete(b.drafts, id)
	return nil
}

func (b *fakeBooks) Act(who, what string, id uuid.UUID, masked, detail string) error {
	b.books.Lock()
	defer b.books.Unlock()
	if b.deaf != nil {
		return b.deaf
	}
	b.acts = append(b.acts, Act{who, what, id, masked, detail})
	return nil
}

func (b *fakeBooks) Status(id uuid.UUID) (offline.Status, error) {
	for _, d := range b.known {
		if d.ID == id {
			return d, b.blind
		}
	}
	return offline.Status{}, cmp.Or(b.blind, offline.ErrNotFound)
}

func (b *fakeBooks) SameCitizen(id uuid.UUID, number string) (bool, error) {
	b.books.Lock()
	defer b.books.Unlock()
	return b.known[number].ID == id, b.blind
}

// said lists what was logged: who, what and the detail.
func (b *fakeBooks) said() (out []string) {
	b.books.Lock()
	defer b.books.Unlock()
	for _, a := range b.acts {
		out = append(out, strings.TrimSpace(a.Who+" "+a.What+" "+a.Detail))
	}
	return out
}

// fakeOutbox keeps what was submitted.
type fakeOutbox struct {
	fakeBooks
	mu       sync.Mutex
	errs     []error
	hold     chan struct{}
	dossiers []*dossier.Dossier
}

func (o *fakeOutbox) Submit(ctx context.Context, d *dossier.Dossier) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.hold != nil {
		select {
		case <-o.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if len(o.errs) > 0 {
		err := o.errs[0]
		o.errs = o.errs[1:]
		return err
	}
	o.dossiers = append(o.dossiers, d)
	return nil
}

// bench is a station on fakes.
var journalKey = bytes.Repeat([]byte{7}, journal.KeySize)

type bench struct {
	cfg        Config
	chip       *fakeChip
	camera     *fakeCamera
	portraiter *fakePortraiter
	scanner    *fakeScanner
	outbox     *fakeOutbox
}

func newBench(t testing.TB, dir string) *bench {
	t.Helper()
	b := &bench{chip: &fakeChip{report: testReport(t)}, camera: &fakeCamera{}, portraiter: &fakePortraiter{},
		scanner: &fakeScanner{}, outbox: &fakeOutbox{}}
	b.cfg = Config{
		Chip: b.chip, Camera: b.camera.start, Portraiter: b.portraiter, Scanner: b.scanner.start, Outbox: b.outbox,
		JournalDir: dir, JournalKey: journalKey, Station: "station-test",
		RetryDelay: time.Millisecond,
	}
	return b
}

func (b *bench) open(t testing.TB) *Station {
	t.Helper()
	s, err := Open(b.cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
