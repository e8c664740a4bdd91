package bus

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/ThreeDotsLabs/watermill/message"
)

func TestAHandThatIsDoneTakesTheNextMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hands
		failed := errors.New("failed")
		handle := h.around(func(*message.Message) ([]*message.Message, error) { return nil, failed })
		for range 3 {
			if _, err := handle(message.NewMessage("m", nil)); !errors.Is(err, failed) {
				t.Fatalf("got %v, want what the handler returned", err)
			}
			synctest.Wait() // it lays itself down a moment after its message
			if len(h.idle) != 1 {
				t.Fatalf("%d hands are idle, want the one", len(h.idle))
			}
		}
		h.close()
		if _, err := handle(message.NewMessage("m", nil)); !errors.Is(err, failed) {
			t.Errorf("got %v for who came late", err)
		}
	})
}
