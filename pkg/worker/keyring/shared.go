package keyring

import "strconv"

// Shared gives a 256-bit secret that all processes have alike, for what belongs to no user: it needs no setting, no store and no word
// between them. Another use (what it is for, a written constant) or another period gives another secret, of which nothing tells this
// one. A caller that numbers its periods by time has a secret that rotates by itself. It follows from the first delivery epoch key, so
// that a new epoch key does not cut a period short.
func (r *Rings) Shared(use string, period int64) []byte {
	return derive(r.shared, keySize, use, strconv.FormatInt(period, 10))
}
