package keyring

// NewDataKey and RawKey let tests fix and see what nobody else can.
func NewDataKey(ref Ref, p Purpose, key [keySize]byte) *DataKey {
	return &DataKey{ref, p, hide(key[:])}
}

func RawKey(k *DataKey) []byte { return k.key() }

// RawSecrets gives all opened epoch keys' subkeys and private keys.
func RawSecrets(r *Rings, s *KeySet) (all [][]byte) {
	for _, e := range r.epochs {
		for _, k := range e.keys {
			all = append(all, k.wrap(), k.pair(), k.digest(), k.shared())
		}
	}
	for _, p := range s.all() {
		raw, _ := p.key.Bytes()
		all = append(all, raw)
	}
	return append(all, r.digest(), r.shared())
}

func Unwrap(epoch [keySize]byte, p Purpose, row WrappedKey) ([]byte, error) {
	return unwrap(newEpochKey(1, hide(epoch[:])).wrap, keyAAD(p, row), row.Wrapped)
}

func DigestUnder(epoch [keySize]byte, content []byte) string {
	return (&Rings{digest: newEpochKey(1, hide(epoch[:])).digest}).Digest(content)
}

func SharedUnder(epoch [keySize]byte, use string, period int64) []byte {
	return (&Rings{shared: newEpochKey(1, hide(epoch[:])).shared}).Shared(use, period)
}

var HOTP = hotp

func CacheLen(r *Rings) int { return r.cache.order.Len() }
