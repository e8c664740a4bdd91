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

// trusted is how many codes a user may leave unanswered and still be served in a paused prefix: nobody who logs in can be kept out by others
// who have codes sent to numbers that look like his.
const trusted = 3

// Over is the budget that the message would overdraw; "" where it may go out.
func (e Evidence) Over() Scope {
	if e.Paused && (!e.Proven || e.Unanswered >= trusted) {
		return Pause
	}
	for _, s := range e.Spent {
		if s.Count > s.Limit {
			return s.Scope
		}
	}
	return ""
}
