package natsconfig

import (
	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/worker/bus"
)

// A User is one credential of the bus.
type User struct {
	Name     string
	Is       string // who it is, in words
	Platform string // whose it is; empty: the house's
	bus.Permissions
}

// Users are one for the operator, one for each worker, and one for each role of each platform. A worker's begins with an underscore,
// which no platform's can; a platform's has a dot, which no platform's name can have.
func Users(platforms []string) ([]User, error) {
	k := table.Contract()
	users := []User{{
		Name: "_operator", Permissions: bus.OperatorPermissions(),
		Is: "the operator: makes streams and consumers; who can make a consumer can read what waits in a stream: seal it",
	}}
	for _, w := range table.Workers() {
		may, err := bus.WorkerPermissions(k, w.Name, w.Hears)
		if err != nil {
			return nil, err
		}
		users = append(users, User{Name: "_" + w.Name, Is: "the worker " + w.Name, Permissions: may})
	}
	for _, platform := range platforms {
		for _, role := range k.Roles() {
			may, err := bus.PlatformPermissions(k, platform, role)
			if err != nil {
				return nil, err
			}
			is := "the platform " + platform + " in its role " + role
			users = append(users, User{Name: platform + "." + role, Is: is, Platform: platform, Permissions: may})
		}
	}
	return users, nil
}
