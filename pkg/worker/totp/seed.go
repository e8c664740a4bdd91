package totp

// SeedSize is the length in bytes of a seed for an algorithm: that of its hash (RFC 6238 section 5.1), for SHA-1 160 bits.
func SeedSize(algorithm string) int {
	switch algorithm {
	case "SHA256":
		return 32
	case "SHA512":
		return 64
	}
	return 20
}
