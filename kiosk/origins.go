package kiosk

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxOrigin bounds the text of an origin: a host name has 253 letters.
const maxOrigin = 300

// ParseOrigin checks an origin that may use the API, such as
// http://localhost:3000: a scheme, a host and a port, exactly as browsers write
// it (RFC 6454 §6.2), so without the scheme's own port. Plain http is for this
// machine only: what another one serves that way, anybody on the line can change.
func ParseOrigin(text string) (string, error) {
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("the origin %q %s: write scheme://host:port, such as http://localhost:3000", text, why)
	}
	if len(text) > maxOrigin {
		return "", fmt.Errorf("an origin has at most %d characters", maxOrigin)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != text || u.User != nil {
		return bad("is none")
	}
	name, port := u.Hostname(), u.Port()
	ip := net.ParseIP(name)
	switch n, err := strconv.ParseUint(port, 10, 16); {
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("is neither http nor https")
	case strings.HasSuffix(u.Host, ":") || port != "" && (err != nil || n == 0 || strconv.FormatUint(n, 10) != port):
		return bad("has no such port")
	case u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443":
		return bad("names its scheme's own port, which browsers leave out")
	case ip == nil && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "":
		return bad("has a host that browsers write otherwise")
	case ip != nil && ip.To4() == nil && u.Host != bracketed(ip, port):
		return bad("has an address that browsers write otherwise")
	case u.Scheme == "http" && name != "localhost" && (ip == nil || !ip.IsLoopback()):
		return bad("of another machine has to be https")
	}
	return text, nil
}

// bracketed is an address of version 6 as it stands in a URL.
func bracketed(ip net.IP, port string) string {
	if port == "" {
		return "[" + ip.String() + "]"
	}
	return net.JoinHostPort(ip.String(), port)
}

// origins are the pages of other programs that may use the API, beside the
// station's own.
type origins []string

func parseOrigins(list []string) (origins, error) {
	out := make(origins, 0, len(list))
	for _, text := range list {
		o, err := ParseOrigin(text)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// What pages of allowed origins may send and see. There are no credentials: the
// token is a header that their program sets.
const (
	corsMethods = "GET, POST"
	corsHeaders = "Content-Type, " + TokenHeader + ", " + CitizenHeader + ", " + OnceHeader + ", Last-Event-ID"
	corsShown   = PictureHeader + ", Retry-After"
	corsLasts   = 10 * time.Minute
)

// answer writes the headers for an allowed origin, and answers a preflight. It
// reports whether the request has its answer.
func (o origins) answer(w http.ResponseWriter, r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return false
	}
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	allowed := slices.Contains(o, origin)
	if allowed {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", corsShown)
	}
	if r.Method != http.MethodOptions {
		return false
	}
	if !allowed {
		writeProblem(w, problemCrossOrigin)
		return true
	}
	w.Header().Set("Access-Control-Allow-Methods", corsMethods)
	w.Header().Set("Access-Control-Allow-Headers", corsHeaders)
	w.Header().Set("Access-Control-Max-Age", strconv.Itoa(int(corsLasts.Seconds())))
	// A page of a network asks whether it may reach this machine at all.
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		w.Header().Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}
