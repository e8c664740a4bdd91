package bus

import (
	"encoding/json"
	"fmt"

	"countersign/pkg/events"
)

// Whose message it is decides its lane, and only that: the key is never believed for anything else.
const laneKeyBody = 2 * events.MaxMessage // beyond this the body is not read for its user

// LaneKey is the platform and user of a delivery, so that what is about one user is handled in turn, wherever it came from.
// A message whose user cannot be read has a key of its own.
func LaneKey(d *Delivery) string {
	s, err := events.ParseSubject(d.Subject)
	if err != nil {
		return alone(d)
	}
	if key := d.userKey(s); key != "" {
		return s.Platform + "/" + key
	}
	return alone(d)
}

// userKey is "" where the user cannot be read.
func (d *Delivery) userKey(s events.Subject) string {
	if s.Direction == events.Out && s.UserKey != events.NoUser {
		return s.UserKey
	}
	if user := userIn(d.Body); user != "" {
		return events.UserKey(s.Platform, user)
	}
	return ""
}

func alone(d *Delivery) string { return fmt.Sprintf("%s#%d", d.Subject, d.Sequence) }

// userIn reads the user of a body in binary or structured mode.
func userIn(body []byte) string {
	if len(body) > laneKeyBody {
		return ""
	}
	if user := events.ReadAbout(body).User; user != "" {
		return user
	}
	var probe struct {
		User string `json:"user"`
		Data struct {
			User string `json:"user"`
		} `json:"data"`
	}
	_ = json.Unmarshal(body, &probe) // what could be read of a broken body is good enough for a lane
	if probe.User != "" {
		return probe.User
	}
	return probe.Data.User
}
