package captchatest

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"countersign/services/recovery/internal/captcha"
)

func solved(t *testing.T, b Bench) {
	form := b.Solve(First)
	form.Set("csrf", "something of the page's own")
	b.passes(t, First, form)
}

func empty(t *testing.T, b Bench) {
	for why, form := range map[string]url.Values{
		"no form": nil, "an empty form": {}, "a field without value": {b.Field: {}}, "an empty value": b.with(""), "spaces": b.with(" \t"),
	} {
		b.refuses(t, why, First, form)
	}
}

func garbage(t *testing.T, b Bench) {
	answer := b.Solve(First).Get(b.Field)
	for why, value := range map[string]string{
		"a word": "verified", "a number": "1", "JSON": `{"success":true}`, "NUL": "\x00", "no UTF-8": "\xff\xfe", "null": "null",
		"half an answer": answer[:len(answer)/2], "two answers": answer + answer, "an answer reversed": reversed(answer), "huge": strings.Repeat("A", 1<<20),
	} {
		b.refuses(t, why, First, b.with(value))
	}
	b.passes(t, First, b.with(answer)) // it was not spent by what was made of it
}

func reversed(text string) string {
	out := []byte(text)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

func twice(t *testing.T, b Bench) {
	form := clone(b.Solve(First))
	form.Add(b.Field, form.Get(b.Field))
	b.refuses(t, "the same twice", First, form)
	form = clone(b.Solve(First))
	form.Add(b.Field, "another")
	b.refuses(t, "a second value", First, form)
}

// A provider may say yes again to who asks again, since a verdict can get lost: but with the same proof, which was taken.
func spent(t *testing.T, b Bench) {
	memory, form := Spent{}, b.Solve(First)
	if !memory.Take(b.passes(t, First, form)) {
		t.Fatal("a new proof was taken already")
	}
	for range 3 {
		proof, err := b.verify(t, First, form)
		if err == nil && memory.Take(proof) {
			t.Error("one answer, two proofs")
		}
		if err != nil && !errors.Is(err, captcha.ErrRefused) {
			t.Error(err)
		}
	}
}

func foreign(t *testing.T, b Bench) {
	form := b.Solve(First)
	if b.Unbound {
		b.passes(t, First, form)
		b.refuses(t, "of a claim that has taken it", Second, form)
		return
	}
	later := First
	later.Claim++
	b.refuses(t, "of another case", Second, form)
	b.refuses(t, "of an earlier claim", later, form)
}

func twoProofs(t *testing.T, b Bench) {
	memory := Spent{}
	for range 3 {
		if !memory.Take(b.passes(t, First, b.Solve(First))) {
			t.Error("two answers, one proof")
		}
	}
}

func strange(t *testing.T, b Bench) {
	for why, form := range b.Strange {
		b.refuses(t, why, First, form())
	}
}

func doubts(t *testing.T, b Bench) {
	for name, happens := range b.Doubts {
		form := b.Solve(First)
		happens()
		if proof, err := b.verify(t, First, form); err == nil || errors.Is(err, captcha.ErrRefused) {
			t.Errorf("%s: proof %+v, error %v", name, proof, err)
		}
	}
}

func recovers(t *testing.T, b Bench) {
	for name, happens := range b.Doubts {
		happens()
		_, _ = b.verify(t, First, b.Solve(First))
		if _, err := b.verify(t, First, b.Solve(First)); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

func ended(t *testing.T, b Bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if proof, err := b.verifyIn(ctx, t, First, b.Solve(First)); !errors.Is(err, context.Canceled) {
		t.Errorf("proof %+v, error %v", proof, err)
	}
}

func silent(t *testing.T, b Bench) {
	if b.Silent == nil {
		return
	}
	form, asked := b.Solve(First), b.Silent()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-asked
		cancel()
	}()
	if proof, err := b.verifyIn(ctx, t, First, form); !errors.Is(err, context.Canceled) {
		t.Errorf("proof %+v, error %v", proof, err)
	}
}
