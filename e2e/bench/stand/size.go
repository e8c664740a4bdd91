package stand

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"countersign/e2e/bench/place"
	"countersign/pkg/worker/bus"
)

// Sizes are bytes on disk.
type Sizes struct {
	Store uint64 `json:"store"` // commits, keys and their indexes
	Bus   uint64 `json:"bus"`   // all streams
}

// Sizes asks for them.
func (s *Stand) Sizes(ctx context.Context) (sizes Sizes, err error) {
	if sizes.Bus, err = s.streams(ctx); err != nil {
		return sizes, err
	}
	if s.At.Kind == place.MongoDB {
		sizes.Store, err = place.Size(ctx, s.At)
		return sizes, err
	}
	sizes.Store, err = files(s.At.At)
	return sizes, err
}

func (s *Stand) streams(ctx context.Context) (sum uint64, err error) {
	for _, name := range []string{bus.StreamIn, bus.StreamOut, bus.StreamTimer, bus.StreamDead} {
		stream, err := s.Bus.JS.Stream(ctx, name)
		if err != nil {
			return 0, fmt.Errorf("read stream %s: %w", name, err)
		}
		sum += stream.CachedInfo().State.Bytes
	}
	return sum, nil
}

func files(dir string) (sum uint64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) { // SQLite's own files come and go
			return nil
		}
		if err == nil {
			sum += uint64(info.Size())
		}
		return err
	})
	return sum, err
}
