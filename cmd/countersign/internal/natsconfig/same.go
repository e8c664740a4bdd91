package natsconfig

import (
	"bytes"
	"encoding/json"
	"sort"

	"github.com/nats-io/jwt/v2"
)

// same says whether two tokens would permit the same: when they were signed is no difference.
func same(was, is *jwt.AccountClaims) bool {
	one, err := meant(was)
	if err != nil {
		return false
	}
	other, err := meant(is)
	return err == nil && bytes.Equal(one, other)
}

// meant is what signing does not add.
func meant(c *jwt.AccountClaims) ([]byte, error) {
	sort.Sort(c.Exports)
	sort.Sort(c.Imports)
	a := c.Account
	a.GenericFields = jwt.GenericFields{}
	return json.Marshal(struct {
		Name, Subject string
		jwt.Account
	}{c.Name, c.Subject, a})
}
