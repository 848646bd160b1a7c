package gateway

import (
	"crypto/x509"
	"testing"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// FuzzParseRequest: what is taken as a certificate request is signed by the
// key that it names, and its names may stand in a certificate.
func FuzzParseRequest(f *testing.F) {
	key, err := envelope.GenerateKey()
	if err != nil {
		f.Fatal(err)
	}
	for _, names := range [][2]string{{"tram-thu-001", "79"}, {"tram-thu-002", ""}, {"../x", "79"}, {"Trạm", "79"}} {
		csr, err := envelope.NewRequest(key, names[0], names[1])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(csr)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		ask, err := parseRequest(der)
		if err != nil {
			return
		}
		csr, err := x509.ParseCertificateRequest(der)
		if err != nil || csr.CheckSignature() != nil || csr.Subject.CommonName != ask.Station {
			t.Fatalf("taken: %+v, %v", ask, err)
		}
		if own, err := envelope.NewPublicKey(csr.PublicKey); err != nil || own.ID() != ask.Key.ID() {
			t.Fatalf("another key: %v", err)
		}
		if !stationName.MatchString(ask.Station) || !provinceName.MatchString(ask.Province) || ask.State != uplink.RequestPending {
			t.Fatalf("taken: %+v", ask)
		}
	})
}
