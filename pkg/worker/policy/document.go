package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// sealed gives p with its Document and Hash.
func (p Policy) sealed() Policy {
	content := map[string]any{"platform": p.Platform}
	for _, f := range p.fields() {
		put(content, f.name, f.get())
	}
	document, err := json.Marshal(content) // sorts keys
	if err != nil {
		panic("encode policy: " + err.Error()) // texts, numbers and lists of texts always encode
	}
	sum := sha256.Sum256(document)
	p.Document, p.Hash = document, hex.EncodeToString(sum[:])
	return p
}

func put(content map[string]any, name string, value any) {
	section, rest, inside := strings.Cut(name, ".")
	if !inside {
		content[name] = value
		return
	}
	if content[section] == nil {
		content[section] = map[string]any{}
	}
	content[section].(map[string]any)[rest] = value
}

// FromDocument reads back a policy that was kept by its hash. What a newer release wrote is an error.
func FromDocument(document []byte) (Policy, error) {
	var head struct{ Platform string }
	if err := json.Unmarshal(document, &head); err != nil {
		return Policy{}, fmt.Errorf("read policy document: %w", err)
	}
	body := map[string]json.RawMessage{}
	if err := json.Unmarshal(document, &body); err != nil {
		return Policy{}, fmt.Errorf("read policy document: %w", err)
	}
	delete(body, "platform")
	file, err := json.Marshal(map[string]any{"platforms": map[string]any{head.Platform: body}})
	if err != nil {
		return Policy{}, fmt.Errorf("read policy document: %w", err)
	}
	set, err := Parse("document", file) // JSON is YAML
	if err != nil {
		return Policy{}, fmt.Errorf("read policy document: %w", err)
	}
	p, _ := set.For(head.Platform)
	return p, nil
}
