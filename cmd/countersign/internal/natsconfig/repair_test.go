package natsconfig_test

import (
	"reflect"
	"slices"
	"testing"

	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/pkg/worker/bus/embedded"
	"github.com/nats-io/nats-server/v2/server"
)

func TestTheRepairerIsThereOnlyWhenAskedFor(t *testing.T) {
	variables(t)
	t.Setenv(natsconfig.Variable("_repair"), "password-of-_repair")
	want, err := natsconfig.RepairUser()
	if err != nil {
		t.Fatal(err)
	}
	is := func(u *server.User) bool { return u.Username == "_repair" }
	if slices.ContainsFunc(read(t, written(t, config(natsconfig.Config{}))).Users, is) {
		t.Error("it is there unasked")
	}
	users := read(t, written(t, config(natsconfig.Config{Repair: true}))).Users
	i := slices.IndexFunc(users, is)
	if i < 0 || !reflect.DeepEqual(users[i].Permissions, embedded.Permissions(want.Permissions)) {
		t.Errorf("it may not what a replay needs: %v", i)
	}
}
