package course

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Full is the measurement that counts. Each row has as many attempts as take it a second or two.
func Full() Config {
	return Config{
		Dir: os.TempDir(), Rounds: 5, Timed: 1500, Trickle: 2 * time.Second,
		Attempts: map[string]int{"naive": 1500, "naive8": 2500, "ours": 6500, "ideal": 20_000},
		Progress: func(string, string, int, Figure) {},
	}
}

// Shorten leaves of it what shows that it works.
func (c *Config) Shorten() {
	c.Rounds, c.Timed, c.Trickle = 1, 20, 100*time.Millisecond
	c.Attempts = map[string]int{"naive": 30, "naive8": 30, "ours": 150, "ideal": 300}
}

// SetAttempts reads ROW=N.
func (c *Config) SetAttempts(text string) error {
	row, number, _ := strings.Cut(text, "=")
	n, err := strconv.Atoi(number)
	if _, known := c.Attempts[row]; !known || err != nil || n < 0 {
		return fmt.Errorf("want ROW=N, ROW one of %s", strings.Join(Names(), ", "))
	}
	c.Attempts[row] = n
	return nil
}
