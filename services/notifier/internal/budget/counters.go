package budget

import (
	"context"
	"time"
)

// A Count is what is added to one counter.
type Count struct {
	Key   string // at most MaxKey bytes
	By    int64
	Until time.Time // kept at least until then
}

// MaxKey bounds a counter's key, in bytes.
const MaxKey = 512

// Counters are shared by all that open the same place. They are safe for concurrent use.
type Counters interface {
	// Add adds and says what each counter holds then: at least what this addition made of it, more where others were added to it meanwhile. So of any
	// number of additions of one, at most n are told n or less. Keys are different. After an error some may have been added.
	Add(ctx context.Context, counts []Count) ([]int64, error)
	// Read says what counters hold; 0 for one that is not there. It sees every addition that was acknowledged before it began.
	Read(ctx context.Context, keys []string) ([]int64, error)
	// Close ends it; what is in flight is finished before.
	Close() error
}
