package workertest

import (
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/keyring"
)

// Printed is a set of ten recovery codes.
type Printed struct {
	user  User
	SetID string
	ref   keyring.Ref
}

// Printed has a set made, as enroll does, beside factors that are there.
func (u User) Printed(setID string) Printed {
	u.house.t.Helper()
	p := Printed{user: u, SetID: setID, ref: u.Ref()}
	key := enrollment.Key{Keyring: p.ref.Keyring, Number: p.ref.Number}
	u.Enrollment(&enrollment.RecoveryCodesGenerated{User: u.ID, SetID: setID, Count: 10, Record: enrollment.CodesRecord{Key: key}})
	return p
}

// Code is the number-th of the set, from 1, as it is printed.
func (p Printed) Code(number int) string {
	return p.user.key(keyring.Seed, p.ref).RecoveryCode(p.SetID, number-1).Reveal()
}
