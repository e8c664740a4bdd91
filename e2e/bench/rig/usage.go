package rig

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Usage is what a process has used so far, and what it holds now.
type Usage struct {
	CPU    time.Duration `json:"cpu"`
	Allocs uint64        `json:"allocs"` // objects
	Bytes  uint64        `json:"bytes"`  // allocated
	Memory uint64        `json:"memory"` // most bytes resident at any time

	Resident   uint64 `json:"resident"` // bytes, now
	Live       uint64 `json:"live"`     // bytes that the last collection found in use
	Goroutines int    `json:"goroutines"`
}

// Used is the present process' own.
func Used() (Usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return Usage{}, fmt.Errorf("read usage: %w", err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := Usage{
		CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Allocs: m.Mallocs, Bytes: m.TotalAlloc, Live: live(), Goroutines: runtime.NumGoroutine(),
	}
	var err error
	if u.Resident, u.Memory, err = Resident(os.Getpid()); err != nil {
		return Usage{}, err
	}
	return u, nil
}

func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// Resident is how many bytes of a process are in memory, and the most that ever were.
func Resident(pid int) (now, most uint64, err error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, 0, fmt.Errorf("read memory: %w", err)
	}
	if now, err = kilobytes(string(text), "VmRSS:"); err != nil {
		return 0, 0, err
	}
	most, err = kilobytes(string(text), "VmHWM:")
	return now, most, err
}

// kilobytes reads a line like "VmHWM:	   12345 kB".
func kilobytes(text, name string) (uint64, error) {
	for line := range strings.SplitSeq(text, "\n") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == name {
			n, err := strconv.ParseUint(f[1], 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("read memory: no " + name)
}
