package events

import "crypto/sha256"

// NoUser stands for a userkey where no user can be read.
const NoUser = "-"

// UserKey names a user in subjects and streams: the first 130 bits of SHA-256(platform, NUL, user in UTF-8) in RFC 4648 base32,
// lower case, 26 characters. Where people choose their ids, fewer bits could be made to collide.
func UserKey(platform, user string) string {
	text := append(make([]byte, 0, 512), platform...)
	return short(sha256.Sum256(append(append(text, 0), user...)))
}
