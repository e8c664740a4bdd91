package e2e_test

import "testing"

// At the end of its tests every process is checked as well; here all workers decide while the operator reads.
func TestEveryStreamIsWhatItsEventsSayWhileTheWorkersGoOn(t *testing.T) {
	t.Parallel()
	ctx, p := within(t, patient), acme(t, shared)
	for range 3 {
		challenged(ctx, t, p, enrolled(ctx, t, p).user)
		if err := shared.CheckCommits(ctx); err != nil {
			t.Error(err)
		}
	}
}
