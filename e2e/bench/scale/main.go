// Command scale measures what docs/scaling.md calculates with:
//
//	scale                       attempts a second with 1, 2 and 4 processes of verify beside a bus and a store of their own, and a backlog that is
//	                            drained by three more
//	scale -share 0.1            the same, and no process uses more than a tenth of a core: bus and store have the rest. Linux, as root
//	scale -index 1000000        the memory that the bus takes for so many subjects of MFA_OUT, and how long it takes to start with them
//
// COUNTERSIGN_TEST_MONGODB_URI names a MongoDB-compatible server; without one the store is SQLite, whose one writer is no store to scale on.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"countersign/pkg/worker/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	runtime.Collect(runtime.CollectAt) // as every program of ours
	if isWorker() {
		return work(ctx)
	}
	subjects := flag.Int("index", 0, "measure the bus with so many subjects instead")
	attempts := flag.Int("attempts", 20_000, "how many wait when the processes begin")
	each := flag.Float64("share", 0, "how much of a core each process of verify may use; 0: as much as it gets")
	flag.Parse()
	dir, err := os.MkdirTemp("", "countersign-scale-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if *subjects > 0 {
		return index(ctx, os.Stdout, dir, *subjects)
	}
	m := measurement{out: os.Stdout, dir: dir, attempts: *attempts, mongo: os.Getenv("COUNTERSIGN_TEST_MONGODB_URI"), share: share(*each)}
	return m.all(ctx, []int{1, 2, 4})
}
