package timeline

import (
	"fmt"
	"strconv"
	"strings"

	"countersign/pkg/events"
)

// A Place says how much of a stream was told.
type Place struct {
	Version uint64 // of the next commit to be read, from 1
	Told    int    // messages of it that were told before
}

// ParseCursor reads the end of a page: a place in each of n streams. An empty text is their beginning.
func ParseCursor(text string, n int) ([]Place, error) {
	places := make([]Place, n)
	if text == "" {
		for i := range places {
			places[i].Version = 1
		}
		return places, nil
	}
	parts := strings.Split(text, "-")
	if len(parts) != n {
		return nil, errCursor
	}
	for i, part := range parts {
		version, told, _ := strings.Cut(part, ".")
		v, errVersion := strconv.ParseUint(version, 10, 63)
		m, errTold := strconv.ParseUint(told, 10, 31)
		if errVersion != nil || errTold != nil || v == 0 {
			return nil, errCursor
		}
		places[i] = Place{Version: v, Told: int(m)}
	}
	return places, nil
}

var errCursor = events.Fault("after", "is not the next of an answer before")

func cursor(places []Place) string {
	parts := make([]string, len(places))
	for i, p := range places {
		parts[i] = fmt.Sprintf("%d.%d", p.Version, p.Told)
	}
	return strings.Join(parts, "-")
}
