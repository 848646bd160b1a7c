package envelope

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"filippo.io/age"
)

// Recipient is a public key of the central to which parts are sealed.
type Recipient struct {
	key *age.HybridRecipient
	id  KeyID
}

// ParseRecipient reads an age hybrid recipient ("age1pq1…").
func ParseRecipient(s string) (*Recipient, error) {
	key, err := age.ParseHybridRecipient(strings.TrimSpace(s))
	if err != nil {
		return nil, fmt.Errorf("envelope: recipient: %w", err)
	}
	return &Recipient{key: key, id: keyID([]byte(key.String()))}, nil
}

// ID names the recipient.
func (r *Recipient) ID() KeyID { return r.id }

func (r *Recipient) String() string { return r.key.String() }

// MarshalText writes the age string.
func (r *Recipient) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Recipient) UnmarshalText(b []byte) error {
	v, err := ParseRecipient(string(b))
	if err != nil {
		return err
	}
	*r = *v
	return nil
}

// Identity opens what was sealed to its Recipient. It belongs to the central
// and is never on a station.
type Identity struct{ key *age.HybridIdentity }

// GenerateIdentity makes a new identity.
func GenerateIdentity() (*Identity, error) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, fmt.Errorf("envelope: generate identity: %w", err)
	}
	return &Identity{key: key}, nil
}

// Recipient returns the public half.
func (i *Identity) Recipient() *Recipient {
	key := i.key.Recipient()
	return &Recipient{key: key, id: keyID([]byte(key.String()))}
}

// LogValue keeps the key out of logs.
func (i *Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// String keeps the key out of prints.
func (i *Identity) String() string { return "identity of " + i.Recipient().ID().String() }

// GoString keeps the key out of %#v.
func (i *Identity) GoString() string { return i.String() }

// SaveIdentity writes the identity to a new file that only its owner reads.
func SaveIdentity(path string, i *Identity) error {
	return saveSecret(path, []byte(i.key.String()+"\n"))
}

// LoadIdentity reads what SaveIdentity or age-keygen -pq wrote.
func LoadIdentity(path string) (*Identity, error) {
	raw, err := loadSecret(path)
	if err != nil {
		return nil, err
	}
	i, err := ParseIdentity(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return i, nil
}

// ErrNoIdentity says that a text holds no identity. It never quotes the text.
var ErrNoIdentity = errors.New("envelope: no age hybrid identity in it")

// ParseIdentity reads the text of an identity's file: the first line that is
// neither empty nor a comment.
func ParseIdentity(text string) (*Identity, error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := age.ParseHybridIdentity(line)
		if err != nil {
			return nil, ErrNoIdentity // the cause may quote the line, which is the secret
		}
		return &Identity{key: key}, nil
	}
	return nil, ErrNoIdentity
}

// OpenIdentity loads the identity of the file, or makes one when there is no
// file.
func OpenIdentity(path string) (*Identity, error) {
	i, err := LoadIdentity(path)
	if !errors.Is(err, os.ErrNotExist) {
		return i, err
	}
	if i, err = GenerateIdentity(); err != nil {
		return nil, err
	}
	if err := SaveIdentity(path, i); err != nil {
		return nil, err
	}
	return i, nil
}
