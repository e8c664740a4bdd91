package events

// An RPC is one row of the questions that a platform, or another worker, may ask: JSON in, JSON out, on RPCSubject. The bus stores nothing
// of it.
type RPC struct {
	Entity, Verb string     // subject words: "login", "status"
	Worker       string     // who answers
	Roles        []string   // credentials of platforms that may ask; none: no platform may
	Askers       []string   // workers that may ask, of any platform's users
	About        string     // one sentence for the catalogue
	Request      func() any // an empty request to decode into; nil where nothing is asked
	Answer       func() any // an empty answer to decode into
}

// Public reports whether platforms may ask: what only workers ask of each other is not in the documents for platforms.
func (q RPC) Public() bool { return len(q.Roles) > 0 }
