package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const room = 2 << 20 // bytes that are free on a small disk

// fullDisk moves the bus to a small disk, fills it, and makes room again. A nats-server that could not write needs a start anew; until then nothing
// is taken, and platforms are told so.
func fullDisk(ctx context.Context, s *storm) error {
	b := s.server
	if err := b.Stop(ctx); err != nil {
		return err
	}
	away, err := b.toSmallDisk()
	if err != nil {
		return errors.Join(err, b.start(ctx))
	}
	if err := b.start(ctx); err != nil {
		return err
	}
	filler := filepath.Join(b.dir, "filler")
	if err := fill(filler); err != nil {
		return err
	}
	s.done()
	if err := rest(ctx, 2*redelivery); err != nil {
		return err
	}
	if err := errors.Join(os.Remove(filler), b.dies(ctx)); err != nil { // it may go on with what it holds, or not
		return err
	}
	if err := rest(ctx, redelivery); err != nil {
		return err
	}
	return errors.Join(b.Kill(), b.fromSmallDisk(away), b.start(ctx))
}

// toSmallDisk puts a file system of a fixed size in the place of its folder, which it moves away.
func (s *server) toSmallDisk() (away string, err error) {
	away = s.dir + "-away"
	size, err := sizeOf(s.dir)
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.Rename(s.dir, away), os.Mkdir(s.dir, 0o700)); err != nil {
		return "", err
	}
	if err := syscall.Mount("tmpfs", s.dir, "tmpfs", 0, fmt.Sprintf("size=%d", size+room)); err != nil {
		back := errors.Join(os.Remove(s.dir), os.Rename(away, s.dir))
		return "", errors.Join(fmt.Errorf("mount a small file system: %w: run it as root with CAP_SYS_ADMIN, or name other faults in COUNTERSIGN_FAULTS_ONLY", err), back)
	}
	return away, os.CopyFS(s.dir, os.DirFS(away))
}

func (s *server) fromSmallDisk(away string) error {
	if err := errors.Join(os.RemoveAll(away), os.CopyFS(away, os.DirFS(s.dir))); err != nil {
		return err
	}
	return errors.Join(syscall.Unmount(s.dir, 0), os.Remove(s.dir), os.Rename(away, s.dir))
}

// sizeOf counts whole pages, as a file system in memory does.
func sizeOf(dir string) (total int64, err error) {
	const page = 4096
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += (info.Size()/page + 2) * page
		}
		return err
	})
	return total, err
}

// fill writes until nothing fits any more.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("fill a disk: %w", err)
	}
	return nil
}
