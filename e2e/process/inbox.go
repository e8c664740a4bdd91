package process

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
)

// A Letter is a mail or a text in the inbox.
type Letter struct{ ID, Channel, To, Subject, Text, HTML, At string }

// Letters is what came to an address, oldest first.
func (p *Process) Letters(ctx context.Context, to string) (found []Letter, err error) {
	_, text, err := p.Get(ctx, "/inbox.json")
	if err != nil {
		return nil, err
	}
	var all []Letter
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read inbox: %w\n%s", err, text)
	}
	for _, l := range all {
		if l.To == to {
			found = append(found, l)
		}
	}
	return found, nil
}

// Await waits for the first letter to an address, after its first ones, whose text matches kind. It returns the match, and how many
// letters are read with it.
func (p *Process) Await(ctx context.Context, to string, former int, kind *regexp.Regexp) (match string, read int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Page+"/inbox/events", nil)
	if err != nil {
		return "", former, err
	}
	changes, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", former, err
	}
	defer func() { _ = changes.Body.Close() }()
	for lines := bufio.NewScanner(changes.Body); lines.Scan(); { // it says that something changed, at first and whenever it did
		if lines.Text() != "event: changed" {
			continue
		}
		all, err := p.Letters(ctx, to)
		if err != nil {
			return "", former, err
		}
		for ; former < len(all); former++ {
			if match := kind.FindString(all[former].Text); match != "" {
				return match, former + 1, nil
			}
		}
	}
	return "", former, fmt.Errorf("nothing with %s came to %s in time", kind, to)
}
