package workertest

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
)

// Imported has an app active that came from another system a while ago; it shows codes as o says.
func (u User) Imported(seed string, o enrollment.ImportedApp) (enrollmentID string) {
	u.house.t.Helper()
	id := events.DerivedID(u.platform, u.ID, "imported")
	ref, err := u.house.Keys.rings.Create(u.house.t.Context(), u.platform, u.Key)
	if err != nil {
		u.house.t.Fatal(err)
	}
	o.Seed, err = worker.Kit{Rings: u.house.Keys.rings}.HideSeed(u.house.t.Context(), u.platform, u.Key, id, ref, events.NewSecret(seed))
	if err != nil {
		u.house.t.Fatal(err)
	}
	key := enrollment.Key{Keyring: ref.Keyring, Number: ref.Number}
	step := uint64(time.Now().Unix()/int64(o.Period)) - 10
	u.Enrollment(&enrollment.Activated{
		User: u.ID, EnrollmentID: id, Factor: events.TOTP, Imported: true, By: "s1", Record: enrollment.ActivatedRecord{Key: key, Step: step, App: &o},
	})
	return id
}
