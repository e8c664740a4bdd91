package template

import "strings"

// filled puts what a sentence names in its places.
func (c catalogue) filled(brand string, d Data) func(sentence string) string {
	names := strings.NewReplacer(
		brandName, brand, codeName, d.Code.Reveal(), lifeName, c.minutes(d.Minutes), waitName, c.wait(d.Wait),
		linkName, d.Link.Reveal(), cancelName, d.Cancel.Reveal(),
	)
	return names.Replace
}

// letter is what both forms of a mail are made of.
type letter struct {
	Language, Brand, Subject, Heading, Lead string
	Code, Link, Action, Life, Never         string
	Otherwise, Cancel, CancelLink           string
}

func (c catalogue) letter(w words, d Data) letter {
	fill := c.filled(d.Brand, d)
	l := letter{
		Language: c.tag.String(), Brand: d.Brand, Subject: fill(w.Subject), Heading: fill(w.Heading), Lead: fill(w.Lead),
		Code: d.Code.Reveal(), Link: d.Link.Reveal(), Action: fill(w.Action), Life: fill(w.Life), Never: fill(w.Never),
		Otherwise: fill(w.Otherwise), CancelLink: d.Cancel.Reveal(),
	}
	if l.CancelLink != "" {
		l.Cancel = fill(w.Cancel)
	} else if w.Unstoppable != "" {
		l.Otherwise = fill(w.Unstoppable)
	}
	return l
}

// short is the sentence of a text.
func (w words) short(d Data) string {
	if w.UnstoppableShort != "" && d.Cancel.IsZero() {
		return w.UnstoppableShort
	}
	return w.Short
}
