package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
)

// blockRate has about one wait in so many nanoseconds recorded.
const blockRate = 1_000_000

// A profiler writes what a process does between two words of the one who measures.
type profiler struct {
	dir string
	cpu *os.File
}

func (p *profiler) begin(dir string) error {
	p.dir = dir
	runtime.SetBlockProfileRate(blockRate)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	var err error
	if p.cpu, err = os.Create(filepath.Join(dir, "cpu.pprof")); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return pprof.StartCPUProfile(p.cpu)
}

func (p *profiler) end() error {
	if p.cpu == nil {
		return nil
	}
	pprof.StopCPUProfile()
	if err := p.cpu.Close(); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	p.cpu = nil
	for _, name := range []string{"allocs", "block", "heap"} {
		if err := p.write(name); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
	}
	return nil
}

func (p *profiler) write(name string) error {
	f, err := os.Create(filepath.Join(p.dir, name+".pprof"))
	if err != nil {
		return err
	}
	if err := pprof.Lookup(name).WriteTo(f, 0); err != nil {
		return err
	}
	return f.Close()
}
