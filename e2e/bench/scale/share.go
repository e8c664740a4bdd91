package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// A share is how much of one core each process may use, by a control group of its own: so that many processes can be seen to do more than one
// where all of them, bus and store have two cores together. 0: no bound.
type share float64

const period = 20 * time.Millisecond // in which a process may use its share

// groups are where Linux has them, and what is written there: version 2, then version 1.
var groups = []struct {
	root, file string
}{
	{"/sys/fs/cgroup", "cpu.max"},
	{"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us"},
}

// hold bounds a process and returns what ends that, once it has stopped.
func (s share) hold(pid int) (release func() error, err error) {
	if s <= 0 {
		return func() error { return nil }, nil
	}
	for _, g := range groups {
		dir := filepath.Join(g.root, "countersign-scale-"+strconv.Itoa(pid))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		if _, missing := os.Stat(filepath.Join(dir, g.file)); missing != nil {
			_ = os.Remove(dir)
			continue
		}
		return func() error { return os.Remove(dir) }, s.join(dir, g.file, pid)
	}
	return nil, errors.New("-share bounds processes by control groups, which this user cannot make: run it as root on Linux, or leave -share out")
}

func (s share) join(dir, file string, pid int) error {
	quota := int64(float64(s) * float64(period.Microseconds()))
	text := fmt.Sprintf("%d %d", quota, period.Microseconds())
	if file != "cpu.max" {
		if err := write(dir, "cpu.cfs_period_us", strconv.FormatInt(period.Microseconds(), 10)); err != nil {
			return err
		}
		text = strconv.FormatInt(quota, 10)
	}
	return errors.Join(write(dir, file, text), write(dir, "cgroup.procs", strconv.Itoa(pid)))
}

func write(dir, file, text string) error {
	return os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644)
}
