package template

import (
	"slices"

	"countersign/pkg/events/notification"
)

// A kind is what a template brings and where it is read. Every language writes every kind.
type kind struct {
	name     notification.Template
	channels []notification.Channel // nil: all
	brings   []string               // names that its sentences must use, beside {brand}
}

// Names that sentences use.
const (
	brandName  = "{brand}"
	codeName   = "{code}"
	lifeName   = "{life}"   // how long the code or the link can be used, in minutes
	waitName   = "{wait}"   // how long it takes until something happens, in hours or days
	linkName   = "{link}"   // goes on with a recovery
	cancelName = "{cancel}" // stops a recovery; of one that has completed, it says what is left to do
)

var (
	both     []notification.Channel
	mailed   = []notification.Channel{notification.Email}
	texted   = []notification.Channel{notification.SMS}
	code     = []string{codeName, lifeName}
	nothing  []string
	stopping = []string{cancelName}
)

// kinds is the table of templates.
var kinds = []kind{
	{notification.LoginCode, both, code},
	{notification.EnrollmentCode, both, code},
	{notification.RecoveryLink, mailed, []string{linkName, lifeName, cancelName}},
	{notification.RecoveryText, texted, code},
	{notification.RecoveryOpened, both, stopping},
	{notification.RecoveryApproved, both, []string{waitName, cancelName}},
	{notification.RecoveryCompleted, both, stopping},
	{notification.ContactChanged, both, nothing},
	{notification.FactorActivated, both, nothing},
	{notification.FactorRemoved, both, nothing},
	{notification.FactorReset, both, nothing},
	{notification.FactorLocked, both, nothing},
	{notification.CodeReused, both, nothing},
	{notification.RecoveryCodesLow, both, nothing},
}

func kindOf(name notification.Template, c notification.Channel) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 || !kinds[i].goesBy(c) {
		return kind{}, false
	}
	return kinds[i], true
}

func (k kind) goesBy(c notification.Channel) bool {
	return slices.Contains(channels, c) && (k.channels == nil || slices.Contains(k.channels, c))
}

var channels = []notification.Channel{notification.Email, notification.SMS}

func (k kind) has(name string) bool { return slices.Contains(k.brings, name) }
