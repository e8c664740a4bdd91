package course

import (
	"context"

	"countersign/e2e/bench/contender"
	"countersign/e2e/bench/place"
)

// One measures one row once, at a place that is there and stays, with files in dir: for tables that are not by contender.
func (c Config) One(ctx context.Context, who contender.Contender, at place.Spec, dir string) (Figure, error) {
	one := &cell{conf: c, who: who, at: at, dir: dir, keep: func(contender.Sample) {}}
	return one.measure(ctx)
}
