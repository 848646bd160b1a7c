package kiosk

import "github.com/tram-station/tram/kiosk/operator"

// noKeys is a station without security keys, noPeople one whose people nobody
// looks after: they stand where only the rest is looked at.
type (
	noKeys   struct{}
	noPeople struct{}
)

func (noKeys) BeginKey(string, operator.PIN, string) (operator.Challenge, error) {
	return operator.Challenge{}, operator.ErrNoKeys
}
func (noKeys) FinishKey(string, string, []byte) (operator.Officer, error) {
	return operator.Officer{}, operator.ErrNoKeys
}
func (noKeys) DropKey(string, operator.PIN, string) error { return operator.ErrNobody }
func (noKeys) BeginLogin() (operator.Challenge, error) {
	return operator.Challenge{}, operator.ErrNoKeys
}
func (noKeys) LoginKey(string, []byte) (operator.Session, error) {
	return operator.Session{}, operator.ErrNoKeys
}
func (noKeys) BeginUnlock(string) (operator.Challenge, error) {
	return operator.Challenge{}, operator.ErrNoKeys
}
func (noKeys) UnlockKey(string, string, []byte) (operator.Session, error) {
	return operator.Session{}, operator.ErrNoKeys
}
func (noKeys) BeginApproval(string) (operator.Challenge, error) {
	return operator.Challenge{}, operator.ErrNoKeys
}
func (noKeys) ApproveKey(string, string, []byte) (operator.Officer, error) {
	return operator.Officer{}, operator.ErrNoKeys
}

// People are the one who is let in.
func (noPeople) People() []operator.Person {
	return []operator.Person{{ID: fakeOfficer.ID, Role: fakeOfficer.Role, Allowed: true, PIN: true, Keys: []operator.KeyInfo{}}}
}

func (noPeople) Add(string, string) (operator.PIN, error) { return "", operator.ErrBadID }
func (noPeople) NewPIN(_, _ string) (operator.PIN, error) { return "", operator.ErrNobody }
func (noPeople) SetRole(_, _, _ string) error             { return operator.ErrNobody }
func (noPeople) SetCard(_, _ string) error                { return operator.ErrNobody }
func (noPeople) Remove(_, _ string) error                 { return operator.ErrNobody }
func (noPeople) RemoveKey(_, _ string) error              { return operator.ErrNobody }
