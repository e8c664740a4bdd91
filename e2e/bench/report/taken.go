package report

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Taken says when and where figures were taken; every report begins with it.
type Taken struct {
	At      time.Time `json:"at"`
	Machine Machine   `json:"machine"`
}

// Now is of a run that is over. before is LoadAverage's when it began.
func Now(before string) Taken {
	return Taken{At: time.Now().UTC().Truncate(time.Second), Machine: here(before)}
}

func (m Machine) String() string {
	return fmt.Sprintf("%d CPUs (%s), %s; load before: %s, after: %s", m.CPUs, m.Model, m.Go, m.LoadBefore, m.LoadAfter)
}

// Write writes figures as JSON; without a path, nothing.
func Write(path string, figures any) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
