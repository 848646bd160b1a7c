package kiosk

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// contentSecurityPolicy allows this origin's own files and nothing else: no
// inline script or style, no frame, no form target, no string that becomes
// markup (Trusted Types with no policy at all).
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const (
	readLimit  = 15 * time.Second // a request's body must have arrived
	writeLimit = 30 * time.Second // an answer must be gone; events renew it
)

// guard is what every request passes before it is routed. A page of another
// site, opened in the same browser, can reach a port on localhost: the exact
// Host list stops DNS rebinding, CrossOriginProtection stops its posts, and
// the headers stop framing, caching and sniffing.
type guard struct {
	hosts       []string
	origins     origins
	camera      bool // the page may film
	read, write time.Duration
	next        http.Handler
}

func newGuard(hosts []string, allowed origins, camera bool, next http.Handler) (*guard, error) {
	cross := http.NewCrossOriginProtection()
	for _, o := range allowed {
		if err := cross.AddTrustedOrigin(o); err != nil {
			return nil, err
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, problemCrossOrigin)
	}))
	return &guard{hosts: slices.Clone(hosts), origins: allowed, camera: camera, read: readLimit, write: writeLimit, next: cross.Handler(next)}, nil
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secureHeaders(w.Header(), g.camera)
	if !slices.Contains(g.hosts, r.Host) {
		writeProblem(w, problemHost)
		return
	}
	if g.origins.answer(w, r) {
		return
	}
	// Only deadlines that the connection supports are set: a recorder in a
	// test has none, a real connection always does.
	control, now := http.NewResponseController(w), time.Now()
	if r.Body != nil && r.Body != http.NoBody {
		_ = control.SetReadDeadline(now.Add(g.read))
		r.Body = &arriving{r.Body, control}
	}
	_ = control.SetWriteDeadline(now.Add(g.write))
	g.next.ServeHTTP(w, r)
}

// arriving is a body that has a time to arrive in. The limit ends with it: over
// an answer that takes longer it would end the connection for good, and each
// later request that comes by it.
type arriving struct {
	io.ReadCloser
	control *http.ResponseController
}

func (a *arriving) Read(b []byte) (int, error) {
	n, err := a.ReadCloser.Read(b)
	if errors.Is(err, io.EOF) {
		_ = a.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

func secureHeaders(h http.Header, camera bool) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	allowed := "()"
	if camera {
		allowed = "(self)"
	}
	h.Set("Permissions-Policy", "camera="+allowed+", microphone=(), geolocation=(), usb=(), payment=()")
	h.Set("Cache-Control", "no-store")
}
