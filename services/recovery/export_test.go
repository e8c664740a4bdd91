package recovery

import (
	"countersign/pkg/worker"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/web"
)

// WorkerWith is recovery with a provider of the test's own. started is told of what stands behind the pages of each replica.
func WorkerWith(p captcha.Provider, started func(web.Cases)) worker.Worker {
	w := with(func(worker.Kit) captcha.Provider { return p }, true)
	w.Table = func(k worker.Kit) worker.Table {
		s := newShell(k, p, true)
		started(cases{s})
		return s.table()
	}
	return w
}
