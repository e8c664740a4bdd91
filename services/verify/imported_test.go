package verify_test

import (
	"encoding/base32"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/totp"
	"countersign/pkg/worker/workertest"
)

// A code of an app that came from another system opens one login, whatever its algorithm, digits and period.
func TestACodeOfAnImportedSeedIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	for _, app := range []enrollment.ImportedApp{
		{Algorithm: enrollment.SHA1, Digits: 6, Period: 30},
		{Algorithm: enrollment.SHA256, Digits: 8, Period: 120},
		{Algorithm: enrollment.SHA512, Digits: 7, Period: 15},
	} {
		t.Run(app.Algorithm+" "+strconv.Itoa(app.Digits), func(t *testing.T) {
			const seed = "canary of a seed 20b"
			f := start(t)
			f.User("ann-1").Imported(seed, app)
			o := totp.Options{Algorithm: app.Algorithm, Digits: app.Digits, Period: time.Duration(app.Period) * time.Second}
			now, _ := totp.Step(time.Now(), o.Period)
			code := totp.Code([]byte(seed), now, o).Reveal()
			first, second := f.challenge("ann-1", "l1"), f.challenge("ann-1", "l2")
			f.rejected(attempt("ann-1", first.ChallengeID, workertest.Wrong(code)), guard.WrongCode)
			if a := f.accepted(attempt("ann-1", first.ChallengeID, code)); a.LoginID != "l1" {
				t.Errorf("accepted %+v", a)
			}
			f.rejected(attempt("ann-1", second.ChallengeID, code), guard.Replayed)
			f.ReplayAll()
			f.SearchAllFor(seed, base32.StdEncoding.EncodeToString([]byte(seed)))
		})
	}
}
