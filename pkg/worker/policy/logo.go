package policy

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// maxLogo is how large a logo may be: it is in every page, and in the policy that is kept with each change.
const maxLogo = 16 << 10

var errLogo = errors.New("is no logo: write data:image/png;base64, and the image in base64, at most 16 KiB of PNG, SVG (image/svg+xml) or WebP")

// Logo is the image that BrandLogo holds, and its media type; both are empty where there is none.
func (p Policy) Logo() (mediaType string, image []byte) {
	mediaType, image, _ = decodeLogo(p.BrandLogo)
	return mediaType, image
}

func logo(s string) error {
	if s == "" {
		return nil
	}
	_, _, err := decodeLogo(s)
	return err
}

func decodeLogo(uri string) (mediaType string, image []byte, err error) {
	mediaType, content, based := strings.Cut(strings.TrimPrefix(uri, "data:"), ";base64,")
	known := slices.Contains([]string{"image/png", "image/svg+xml", "image/webp"}, mediaType)
	image, err = base64.StdEncoding.Strict().DecodeString(content)
	if err != nil || !based || !known || !strings.HasPrefix(uri, "data:") || len(image) == 0 || len(image) > maxLogo {
		return "", nil, errLogo
	}
	return mediaType, image, nil
}
