package account

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"countersign/pkg/events"
)

func TestAnAccountIsFoundByAddressAndPasswordAlone(t *testing.T) {
	b := NewBook(Cost{Passes: 1, Memory: 64})
	made, err := b.Add(" Dana@Example.com ", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, email, password string
		found                 bool
	}{
		{"as it was made", "Dana@Example.com", "correct horse", true},
		{"the address in small letters", "dana@example.com", "correct horse", true},
		{"another password", "dana@example.com", "Correct horse", false},
		{"no password", "dana@example.com", "", false},
		{"nobody", "eve@example.com", "correct horse", false},
	} {
		if a, ok := b.Check(c.email, c.password); ok != c.found || ok && a != made {
			t.Errorf("%s: found %v", c.name, ok)
		}
	}
}

// The work is nearly all in the memory that a hash takes: counting it does not depend on how busy the machine is.
func TestAnAddressThatNobodyHasCostsAsMuchAsAWrongPassword(t *testing.T) {
	const memory = 4 << 20
	b := NewBook(Cost{Passes: 1, Memory: memory >> 10})
	if _, err := b.Add("dana@example.com", "correct horse"); err != nil {
		t.Fatal(err)
	}
	cost := func(email string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.Check(email, "wrong horse")
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / memory
	}
	cost("dana@example.com") // the first makes what nobody's password is compared with
	if known, nobody := cost("dana@example.com"), cost("eve@example.com"); known != 1 || nobody != 1 {
		t.Errorf("%d hashes for a user, %d for nobody", known, nobody)
	}
}

func TestIDsAreOpaque(t *testing.T) {
	b := NewBook(Cost{Passes: 1, Memory: 64})
	one, _ := b.Add("one@example.com", "correct horse")
	two, _ := b.Add("two@example.com", "correct horse")
	if one.ID == two.ID || strings.Contains(one.ID, "one") || events.LooksPersonal(one.ID) {
		t.Errorf("ids %q and %q", one.ID, two.ID)
	}
	if string(one.password.key) == string(two.password.key) {
		t.Error("the same password has the same hash")
	}
}

func TestAnAddressIsTakenOnce(t *testing.T) {
	b := NewBook(Cost{Passes: 1, Memory: 64})
	if _, err := b.Add("dana@example.com", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Add("DANA@example.com", "battery staple"); !errors.Is(err, ErrTaken) {
		t.Errorf("got %v, want ErrTaken", err)
	}
}

func TestPasswordsHaveBounds(t *testing.T) {
	for password, fine := range map[string]bool{
		"": false, "seven77": false, "eight888": true, "日本語日本語日本": true,
		strings.Repeat("a", 128): true, strings.Repeat("a", 129): false,
	} {
		if got := PasswordFault(password); (got == "") != fine {
			t.Errorf("%q: %q", password, got)
		}
	}
}
