package sqlitestore

import "sync"

// recent is where commits lie that were appended here and are not marked yet: a mark comes soon after, and need not look for its ref.
type recent struct {
	mu  sync.Mutex
	ids map[name]int64
}

// A name is of a commit, as refs have it.
type name struct {
	stream  [kindLength + nameLength]byte
	version uint64
}

// mostRecent is for those of a second; what another process publishes is never marked here.
const mostRecent = 1 << 14

func nameOf(streamKey []byte, version uint64) name {
	return name{[kindLength + nameLength]byte(streamKey), version}
}

func (r *recent) add(ids map[name]int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil || len(r.ids)+len(ids) > mostRecent {
		r.ids = ids
		return
	}
	for n, id := range ids {
		r.ids[n] = id
	}
}

// take gives an id once: whoever marks a second time looks for the ref.
func (r *recent) take(n name) (id int64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, ok = r.ids[n]
	delete(r.ids, n)
	return id, ok
}
