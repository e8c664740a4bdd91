package process

import (
	"strings"
	"testing"

	"countersign/pkg/worker/runtime"
)

// enough is all that must be set.
var enough = []string{
	"COUNTERSIGN_NATS_URL=tls://bus:4222", "COUNTERSIGN_NATS_USER=_verify", "COUNTERSIGN_NATS_PASSWORD=secret",
	"COUNTERSIGN_MONGODB_URI=mongodb://worker:p%40ss@db/?appName=a@b", "COUNTERSIGN_KEYRING_MONGODB_URI=mongodb+srv://keys.example",
	"COUNTERSIGN_KEEPER_DELIVERY_URL=base64key://", "COUNTERSIGN_POLICY_FILE=policy.yaml",
	"COUNTERSIGN_DEAD_LETTER_KEY=CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}

func TestWhatMustBeSetIsEnough(t *testing.T) {
	s, err := runtime.Load[Settings](enough)
	if err != nil {
		t.Fatal(err)
	}
	if s.Store.Database != "countersign" || s.Keys.Database != "countersign-keys" || s.Admin != ":9090" || len(s.DeadLetterKey) != 32 {
		t.Errorf("got %+v", s)
	}
}

func TestSettingsThatCannotBeMeant(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		want    string
	}{
		"a store of another kind":    {[]string{"COUNTERSIGN_MONGODB_URI=postgres://hunter2@db"}, "COUNTERSIGN_MONGODB_URI is not a MongoDB URI"},
		"a stray percent sign":       {[]string{"COUNTERSIGN_MONGODB_URI=mongodb://w:hunter2%@db"}, "COUNTERSIGN_MONGODB_URI has a user or password that is not percent-encoded"},
		"a stray at sign":            {[]string{"COUNTERSIGN_KEYRING_MONGODB_URI=mongodb://w:hunter2@x@db"}, "COUNTERSIGN_KEYRING_MONGODB_URI has a user or password"},
		"keys among the commits":     {[]string{"COUNTERSIGN_KEYRING_MONGODB_URI=mongodb://db", "COUNTERSIGN_MONGODB_URI=mongodb://db", "COUNTERSIGN_KEYRING_MONGODB_DATABASE=countersign"}, "keys are kept apart"},
		"a key of no point":          {[]string{"COUNTERSIGN_DEAD_LETTER_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "COUNTERSIGN_DEAD_LETTER_KEY is not what it should be"},
		"a key that is too short":    {[]string{"COUNTERSIGN_DEAD_LETTER_KEY=CQAA"}, "COUNTERSIGN_DEAD_LETTER_KEY is not what it should be"},
		"a bus over a line in clear": {[]string{"COUNTERSIGN_NATS_URL=nats://bus:4222"}, "COUNTERSIGN_NATS_URL would send codes in clear"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := runtime.Load[Settings](append(enough, c.changes...))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
