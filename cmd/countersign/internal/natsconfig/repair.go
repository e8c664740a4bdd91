package natsconfig

import (
	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/worker/bus"
)

// RepairUser is as whom dead letters are replayed. It is none of Users: it should be there only while somebody replays.
func RepairUser() (User, error) {
	heard, err := table.Heard()
	if err != nil {
		return User{}, err
	}
	var all []bus.Consumer
	for _, consumers := range heard {
		all = append(all, consumers...)
	}
	return User{
		Name: "_" + bus.Repair, Permissions: bus.RepairPermissions(all),
		Is: "repairs: reads and deletes dead letters and publishes their messages again; who has it can ask for anything in everybody's name",
	}, nil
}
