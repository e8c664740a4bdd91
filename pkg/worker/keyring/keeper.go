package keyring

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"countersign/pkg/events"
	"gocloud.dev/secrets"
	"gocloud.dev/secrets/localsecrets"
)

// OpenKeeper opens a keeper by its URL: base64key://<32 bytes in URL-safe base64> for development; others when the program
// imports their gocloud.dev driver. The URL may be a key: no error shows more than its scheme.
func OpenKeeper(ctx context.Context, keeperURL events.Secret) (*secrets.Keeper, error) {
	u, err := url.Parse(keeperURL.Reveal())
	if err != nil || u.Scheme == "" {
		return nil, errors.New("open keeper: not a URL such as base64key://… or hashivault://…")
	}
	if u.Scheme == localsecrets.Scheme && u.Host == "" { // the driver would take a random key and forget it at exit
		return nil, fmt.Errorf("open keeper %s: no key in it: put 32 random bytes in URL-safe base64 behind the slashes", u.Scheme)
	}
	if !secrets.DefaultURLMux().ValidKeeperScheme(u.Scheme) {
		return nil, fmt.Errorf("open keeper %s: this program knows only %s", u.Scheme, knownKeepers())
	}
	keeper, err := secrets.OpenKeeper(ctx, keeperURL.Reveal())
	if err != nil {
		return nil, fmt.Errorf("open keeper %s: %s", u.Scheme, scrub(err, u))
	}
	return keeper, nil
}

func knownKeepers() string {
	schemes := slices.Clone(secrets.DefaultURLMux().KeeperSchemes())
	return strings.Join(schemes, ", ")
}

// scrub takes the URL's parts out of a driver's message.
func scrub(err error, u *url.URL) string {
	text := err.Error()
	for _, part := range []string{u.String(), u.Host, u.RawQuery, u.User.String()} {
		if part != "" {
			text = strings.ReplaceAll(text, part, events.Redacted)
		}
	}
	return text
}
