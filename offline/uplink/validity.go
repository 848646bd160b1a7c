package uplink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"
)

// validity is the time by which a server's certificates are judged.
//
// The station's clock may be years off and must not block it, nor must a time
// that the central once signed by a wrong clock. So certificates are refused as
// expired only when both say so: the station's clock, and Clock.Floor, which no
// stranger moves. Others, where nothing but the time is in the way, are judged
// at a time at which all of them are valid. All else (chain, host name, usage)
// is crypto/tls's own verification, at that time.
//
// What this gives up is small. The roots are the pairing's own. Who holds the
// stolen key of a certificate that has since expired, and the line, still
// cannot read a dossier (sealed to the central's recipient), take custody of
// one, change a state or hand out a document (all signed by the receipt key,
// pinned in the pairing); and the next receipt moves the floor past the expiry.
// What is neither sealed nor signed must not go this way without another look
// at this.
type validity struct {
	roots *x509.CertPool
	clock *Clock

	mu    sync.Mutex
	at    time.Time // instead of the station's clock; zero for none
	floor time.Time // when at was chosen
}

// config is TLS by this validity. Nothing is resumed, so each connection
// verifies anew.
func (v *validity) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: v.roots, Time: v.time}
}

func (v *validity) time() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.at.IsZero() || !v.floor.Equal(v.clock.Floor()) {
		return v.clock.now()
	}
	return v.at
}

// excuse looks at why a request failed and says whether another try may fare
// better: nothing but the time was in the way.
func (v *validity) excuse(err error) bool {
	failed, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok || len(failed.UnverifiedCertificates) == 0 {
		return false
	}
	floor := v.clock.Floor()
	at, ok := v.validAt(failed.UnverifiedCertificates, floor)
	if !ok {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.at, v.floor = at, floor
	return true
}

// validAt finds a time, not before the floor, at which the chain is good: the
// ends of the time in which all certificates that the server sent are valid.
func (v *validity) validAt(chain []*x509.Certificate, floor time.Time) (time.Time, bool) {
	intermediates := x509.NewCertPool()
	begin, end := chain[0].NotBefore, chain[0].NotAfter
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
		if c.NotBefore.After(begin) {
			begin = c.NotBefore
		}
		if c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	i := slices.IndexFunc([]time.Time{end, begin}, func(at time.Time) bool {
		// The host's name is for crypto/tls to check at the next try.
		_, err := chain[0].Verify(x509.VerifyOptions{Roots: v.roots, Intermediates: intermediates, CurrentTime: at})
		return err == nil && !at.Before(floor)
	})
	if i < 0 {
		return time.Time{}, false
	}
	return []time.Time{end, begin}[i], true
}
