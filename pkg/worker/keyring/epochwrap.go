package keyring

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gocloud.dev/secrets"
)

const keeperTimeout = 10 * time.Second

// head stands before the key inside the keeper's ciphertext: keepers bind no associated data.
func (e *epochs) head(number int) string {
	return parts("epoch", string(e.purpose), strconv.Itoa(number))
}

func (e *epochs) seal(ctx context.Context, number int, key secretKey) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keeperTimeout)
	defer cancel()
	return e.keeper.Encrypt(ctx, append([]byte(e.head(number)), key()...))
}

// unseal asks the keeper, and the one before where that is still known.
func (e *epochs) unseal(ctx context.Context, row WrappedEpoch) (secretKey, error) {
	key, err := e.unsealBy(ctx, e.keeper, row)
	if err == nil || e.older == nil {
		return key, err
	}
	key, before := e.unsealBy(ctx, e.older, row)
	if before != nil {
		return nil, errors.Join(err, fmt.Errorf("and the keeper before: %w", before))
	}
	return key, nil
}

func (e *epochs) unsealBy(ctx context.Context, keeper *secrets.Keeper, row WrappedEpoch) (secretKey, error) {
	ctx, cancel := context.WithTimeout(ctx, keeperTimeout)
	defer cancel()
	plain, err := keeper.Decrypt(ctx, row.Wrapped)
	if err != nil {
		return nil, fmt.Errorf("ask keeper (is its URL the one that wrapped the key?): %w", err)
	}
	head := e.head(row.Number)
	if len(plain) != len(head)+keySize || subtle.ConstantTimeCompare(plain[:len(head)], []byte(head)) != 1 {
		return nil, ErrForged
	}
	return hide(plain[len(head):]), nil
}
