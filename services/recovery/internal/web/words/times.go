package words

import "time"

// Until says when something ends, and never promises more time than there is: in 4 minutes (22:47 UTC).
func (l Language) Until(t, now time.Time) string { return l.when(t, now, 0) }

// From says when something begins, and never too early.
func (l Language) From(t, now time.Time) string { return l.when(t, now, 1) }

var units = []struct {
	id    string
	unit  time.Duration
	least time.Duration // until t, to be counted in this unit
}{
	{"in_days", 24 * time.Hour, 48 * time.Hour},
	{"in_hours", time.Hour, 2 * time.Hour},
	{"in_minutes", time.Minute, time.Minute},
	{"in_seconds", time.Second, time.Second},
}

// when rounds down, or up by up whole units less the least part of one.
func (l Language) when(t, now time.Time, up time.Duration) string {
	left := t.Sub(now)
	for _, u := range units {
		if left < u.least {
			continue
		}
		in := l.Say(u.id, "N", int((left+up*(u.unit-1))/u.unit))
		if u.unit == time.Second {
			return in
		}
		return l.Say("when", "In", in, "Clock", l.clock(t.Add(up*(time.Minute-1)), now))
	}
	return l.Say("now")
}

// clock is in UTC and says so, since nobody here knows the reader's zone. The day is named where it is not now's.
func (l Language) clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	clock := t.Format("15:04") + " UTC"
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return clock
	}
	return l.Say("on_day", "Day", t.Day(), "Month", l.Say("month_"+t.Format("01")), "Clock", clock)
}
