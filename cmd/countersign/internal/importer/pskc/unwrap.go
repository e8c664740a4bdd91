package pskc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// unwrap opens a key wrapped by AES (RFC 3394), or, where padded is said, of any length (RFC 5649); false for what does not fit. It is authentic
// without a MAC: the first half of the block is a check of all.
func unwrap(block cipher.Block, box []byte, padded bool) ([]byte, bool) {
	n := len(box)/8 - 1
	if n < 1 || len(box)%8 != 0 || n == 1 && !padded || n > 64 {
		return nil, false
	}
	check, plain := box[:8:8], bytes.Clone(box[8:])
	if n == 1 {
		both := make([]byte, aes.BlockSize)
		block.Decrypt(both, box)
		check, plain = both[:8], both[8:]
	} else {
		check = rounds(block, check, plain)
	}
	if padded {
		return unpad(check, plain)
	}
	return plain, subtle.ConstantTimeCompare(check, bytes.Repeat([]byte{0xA6}, 8)) == 1
}

// rounds undoes the six rounds over plain in place (RFC 3394 section 2.2.2) and gives the check.
func rounds(block cipher.Block, check, plain []byte) []byte {
	both, n := make([]byte, aes.BlockSize), len(plain)/8
	copy(both, check)
	for t := 6 * n; t >= 1; t-- {
		part := plain[(t-1)%n*8:][:8]
		binary.BigEndian.PutUint64(both, binary.BigEndian.Uint64(both)^uint64(t))
		copy(both[8:], part)
		block.Decrypt(both, both)
		copy(part, both[8:])
	}
	return both[:8]
}

// unpad takes the length from the check (RFC 5649 section 3): fewer than eight bytes of zeros follow.
func unpad(check, plain []byte) ([]byte, bool) {
	size := uint64(binary.BigEndian.Uint32(check[4:]))
	if !bytes.Equal(check[:4], []byte{0xA6, 0x59, 0x59, 0xA6}) || size > uint64(len(plain)) || size+8 <= uint64(len(plain)) {
		return nil, false
	}
	return plain[:size], len(bytes.Trim(plain[size:], "\x00")) == 0
}
