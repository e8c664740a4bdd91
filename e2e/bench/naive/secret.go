package naive

import (
	"crypto/aes"
	"crypto/cipher"
)

// sealer is under a key that everybody knows: nothing is kept here.
func sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher([]byte("naive-key-of-one-measurement-001"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func unseal(box []byte) (string, error) {
	c, err := sealer()
	if err != nil {
		return "", err
	}
	text, err := c.Open(nil, nil, box, nil)
	return string(text), err
}

func hide(secret string) ([]byte, error) {
	c, err := sealer()
	if err != nil {
		return nil, err
	}
	return c.Seal(nil, nil, []byte(secret), nil), nil
}
