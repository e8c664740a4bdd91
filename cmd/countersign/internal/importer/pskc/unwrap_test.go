package pskc

import (
	"crypto/aes"
	"encoding/hex"
	"testing"
)

func TestKeysAreUnwrapped(t *testing.T) {
	const of192 = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"
	for _, c := range []struct {
		name, key, box, want string
		padded               bool
	}{
		{"RFC 3394 4.1", "000102030405060708090a0b0c0d0e0f", "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", "00112233445566778899aabbccddeeff", false},
		{
			"RFC 3394 4.6", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			"28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
			"00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f", false,
		},
		{"RFC 5649 6, twenty bytes", of192, "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a", "c37b7e6492584340bed12207808941155068f738", true},
		{"RFC 5649 6, seven bytes", of192, "afbeb0f07dfbf5419200f2ccb50bb24f", "466f7250617369", true},
	} {
		block, err := aes.NewCipher(unhex(t, c.key))
		if err != nil {
			t.Fatal(err)
		}
		box := unhex(t, c.box)
		if got, ok := unwrap(block, box, c.padded); !ok || hex.EncodeToString(got) != c.want {
			t.Errorf("%s: %x, %v", c.name, got, ok)
		}
		if _, ok := unwrap(block, box, !c.padded); ok {
			t.Errorf("%s: opens as the other kind as well", c.name)
		}
		for i := range box {
			box[i] ^= 1
			if _, ok := unwrap(block, box, c.padded); ok {
				t.Errorf("%s: byte %d can be altered", c.name, i)
			}
			box[i] ^= 1
		}
		for n := range box {
			if _, ok := unwrap(block, box[:n], c.padded); ok {
				t.Errorf("%s: %d bytes of it open", c.name, n)
			}
		}
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
