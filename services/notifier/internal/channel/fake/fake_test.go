package fake

import (
	"fmt"
	"testing"

	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/channel/channeltest"
)

func TestTheFakeIsAChannel(t *testing.T) {
	channeltest.Run(t, func(*testing.T) channeltest.Line {
		const bad = "gone@example.com"
		c := New(Options{Refused: map[string]bool{bad: true}})
		return channeltest.Line{
			Channel: c, Bad: bad, Mail: true,
			Good:     func(i int) string { return fmt.Sprintf("dana%d@example.com", i) },
			Received: func() []channeltest.Message { return received(c.Sent()) },
			Down:     func() { c.Script(Down) },
			Lose:     func() { c.Script(Lost) },
			Hang:     func() { c.Script(Silent) },
		}
	})
}

func received(sent []channel.Notification) []channeltest.Message {
	var all []channeltest.Message
	for _, n := range sent {
		all = append(all, channeltest.Message{To: n.To.Reveal(), Subject: n.Subject, Text: n.Text.Reveal(), HTML: n.HTML.Reveal()})
	}
	return all
}
