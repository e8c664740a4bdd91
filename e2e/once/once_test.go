package once_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/e2e/once"
	"countersign/pkg/worker/workertest"
)

const thinking = time.Minute // for one history

func TestACodeIsAcceptedAtMostOnce(t *testing.T) {
	for _, c := range courses(t) {
		t.Run(fmt.Sprintf("over %s, seed %d", c.store, c.seed), func(t *testing.T) {
			t.Parallel()
			t.Logf("COUNTERSIGN_ONCE_SEED=%d", c.seed)
			s := open(t, workertest.Places()[c.store], c.seed)
			for _, one := range c.races {
				s.race(one.kind, one.weather)
			}
			for _, p := range once.Promises() {
				if err := s.history.Check(p, "", thinking); err != nil {
					t.Errorf("%v; again with COUNTERSIGN_ONCE_SEED=%d", err, c.seed)
				}
			}
			s.ReplayAll()
		})
	}
}
