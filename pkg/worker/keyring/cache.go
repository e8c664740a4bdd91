package keyring

import (
	"container/list"
	"fmt"
	"sync"
	"time"
)

// place says which data key it is.
type place struct {
	purpose Purpose
	owner
	ref Ref
}

func (p place) String() string {
	return fmt.Sprintf("%s key %s/%s/%d", p.purpose, p.owner, p.ref.Keyring, p.ref.Number)
}

// cache keeps the data keys used last, each for at most ttl after it was loaded.
type cache struct {
	size int
	ttl  time.Duration

	mu         sync.Mutex
	generation uint64 // counts drops
	places     map[place]*list.Element
	order      *list.List // of *cached, used last first
}

type cached struct {
	at    place
	key   *DataKey
	until time.Time
}

func newCache(size int, ttl time.Duration) *cache {
	return &cache{size: size, ttl: ttl, places: map[place]*list.Element{}, order: list.New()}
}

// get gives the key, or nil and the generation that a load has to name when it puts one.
func (c *cache) get(at place) (*DataKey, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.places[at]
	if !ok {
		return nil, c.generation
	}
	if got := el.Value.(*cached); time.Now().Before(got.until) {
		c.order.MoveToFront(el)
		return got.key, c.generation
	}
	c.remove(el)
	return nil, c.generation
}

func (c *cache) put(at place, key *DataKey, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if el, ok := c.places[at]; ok {
		c.remove(el)
	}
	c.places[at] = c.order.PushFront(&cached{at, key, time.Now().Add(c.ttl)})
	if c.order.Len() > c.size {
		c.remove(c.order.Back())
	}
}

// drop looks at every key: erasures are rare.
func (c *cache) drop(o owner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for at, el := range c.places {
		if at.owner == o {
			c.remove(el)
		}
	}
}

func (c *cache) remove(el *list.Element) {
	delete(c.places, el.Value.(*cached).at)
	c.order.Remove(el)
}
