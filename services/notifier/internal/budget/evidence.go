package budget

// Evidence is what a decision about one message goes by. The zero value is that of a message without a budget.
type Evidence struct {
	Spent      []Spent // with this message
	Paused     bool    // the prefix is
	Proven     bool    // the user has proven the number
	Unanswered int64   // codes texted to the user in this hour and the one before that were not entered; known where Paused
}

// Spent is one counter.
type Spent struct {
	Scope Scope
	Count int64
	Limit int64
}

// trusted is how many codes a user may leave unanswered and still be served in a paused prefix, and how many of an hour may be taken from the
// reserve: nobody who logs in now and then can be kept out by others who have codes sent to numbers that look like his.
const trusted = 3

// reserve is how many times as much as its limit a budget holds for them.
const reserve = 2

// Over is the budget that the message would overdraw; "" where it may go out.
func (e Evidence) Over() Scope {
	if e.Paused && (!e.Proven || e.Unanswered >= trusted) {
		return Pause
	}
	for _, s := range e.Spent {
		if s.Count > e.limit(s) {
			return s.Scope
		}
	}
	return ""
}

// limit is higher for what many share, where the user has proven the number and has had few codes in the hour.
func (e Evidence) limit(s Spent) int64 {
	if s.Scope == User || !e.Proven || e.had() > trusted {
		return s.Limit
	}
	return s.Limit * reserve
}

// had is how many codes the user has had in the hour, with this one.
func (e Evidence) had() int64 {
	for _, s := range e.Spent {
		if s.Scope == User {
			return s.Count
		}
	}
	return 0
}
