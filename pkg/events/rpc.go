package events

// An RPC is one row of the questions that a platform may ask: JSON in, JSON out, on RPCSubject. Nothing of it is stored.
type RPC struct {
	Entity, Verb string     // subject words: "login", "status"
	Worker       string     // who answers
	Roles        []string   // credentials that may ask
	About        string     // one sentence for the catalogue
	Request      func() any // an empty request to decode into; nil where nothing is asked
	Answer       func() any // an empty answer to decode into
}
