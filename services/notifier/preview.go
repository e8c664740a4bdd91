package notifier

import "countersign/services/notifier/internal/template"

// A Sample is one message as it would be sent, with a code and links that lead nowhere.
type Sample = template.Sample

// Preview writes every message of a platform, in all its languages where locale is empty. folder is Config.Templates; the error names
// everything that is wrong in it.
func Preview(folder, platform, brand, locale string) ([]Sample, error) {
	book, err := template.Open(folder)
	if err != nil {
		return nil, err
	}
	return book.Samples(platform, brand, locale)
}
