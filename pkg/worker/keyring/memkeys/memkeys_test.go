package memkeys_test

import (
	"testing"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
	"countersign/pkg/worker/keyring/memkeys"
)

func TestStore(t *testing.T) {
	keytest.Run(t, func(*testing.T) func() keyring.Store {
		s := &memkeys.Store{}
		return func() keyring.Store { return s }
	})
}
