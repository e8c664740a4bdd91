// Package codefile writes a set of recovery codes down as people keep it: a text file, in their language.
//
// It is the one place where recovery codes become text. What it returns goes into one reply and nowhere else.
package codefile

import (
	"fmt"
	"strings"
	"time"

	"countersign/pkg/events"
)

// A Set is what is written down.
type Set struct {
	Platform string // names the file: a DNS label
	Brand    string // the platform's name for people
	Locale   string // BCP 47; languages that are not known here read English
	Made     time.Time
	Codes    []events.Secret
}

// Name is the file's: plain ASCII without spaces.
func (s Set) Name() string { return s.Platform + "-recovery-codes.txt" }

// Text is the file's: UTF-8, with a newline at its end.
func (s Set) Text() events.Secret {
	w := words(s.Locale)
	var b strings.Builder
	fmt.Fprintf(&b, w.title+"\n"+w.made+"\n\n%s\n\n", s.Brand, s.Made.UTC().Format(time.DateOnly), w.use)
	for i, c := range s.Codes {
		fmt.Fprintf(&b, "%2d.  %s\n", i+1, c.Reveal())
	}
	b.WriteString("\n" + w.end + "\n")
	return events.NewSecret(b.String())
}

type text struct{ title, made, use, end string }

func words(locale string) text {
	language, _, _ := strings.Cut(locale, "-")
	switch language {
	case "cs":
		return text{
			title: "Záchranné kódy pro %s", made: "Vytvořeny %s (UTC).",
			use: "Každý kód platí jednou, místo kódu z vašeho zařízení. Uložte je jinam než do tohoto zařízení.",
			end: "Nová sada, kterou si vytvoříte v nastavení účtu, tyto kódy nahradí.",
		}
	case "de":
		return text{
			title: "Wiederherstellungscodes für %s", made: "Erstellt am %s (UTC).",
			use: "Jeder Code gilt einmal, anstelle des Codes von Ihrem Gerät. Bewahren Sie sie nicht auf diesem Gerät auf.",
			end: "Ein neuer Satz, den Sie in den Einstellungen Ihres Kontos erstellen, ersetzt diese Codes.",
		}
	}
	return text{
		title: "Recovery codes for %s", made: "Made on %s (UTC).",
		use: "Each code works once, in place of the code from your device. Keep them somewhere else than on that device.",
		end: "A new set, made in your account's settings, replaces these codes.",
	}
}
