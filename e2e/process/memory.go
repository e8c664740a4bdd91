package process

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Resident is how many bytes of memory the process occupies now.
func (p *Process) Resident() (int, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			var kilobytes int
			_, err := fmt.Sscanf(text, "%d kB", &kilobytes)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("the kernel tells no VmRSS")
}
