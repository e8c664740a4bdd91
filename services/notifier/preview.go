package notifier

import "countersign/services/notifier/internal/template"

// A Sample is one message as it would be sent, with a code and links that lead nowhere.
type Sample = template.Sample

// A Look is what samples show beside a platform's sentences.
type Look = template.Look

// Preview writes every message of a platform. folder is Config.Templates; the error names everything that is wrong in it.
func Preview(folder, platform string, look Look) ([]Sample, error) {
	book, err := template.Open(folder)
	if err != nil {
		return nil, err
	}
	return book.Samples(platform, look)
}
