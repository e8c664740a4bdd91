package keyring

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
)

const rewrapBatch = 500

// Progress is how far a Rewrap has come.
type Progress struct {
	Purpose Purpose
	Done    int // data keys that are under the newest epoch key now
	Gone    int // that were removed, or wrapped by another process, meanwhile
	Failed  int // that do not open: they stay as they are
	Total   int // that were to be done when it began
}

// Rewrap wraps every data key of a purpose that is under an older epoch key anew, under the newest. Workers go on meanwhile. It can be
// stopped at any time, and goes on from there when it is called again. told hears of each batch. A key that does not open fails
// it at the end, after all others are done.
func (r *Rings) Rewrap(ctx context.Context, p Purpose, told func(Progress)) error {
	e, err := r.writes(p)
	if err != nil {
		return fmt.Errorf("rewrap %s keys: %w", p, err)
	}
	if err := e.refresh(ctx); err != nil {
		return fmt.Errorf("rewrap %s keys: %w", p, err)
	}
	w := rewrap{e: e, store: r.store, to: e.current(), progress: Progress{Purpose: p}}
	if w.progress.Total, err = r.store.CountUnder(ctx, p, w.to.number); err != nil {
		return fmt.Errorf("rewrap %s keys: %w", p, err)
	}
	return w.run(ctx, told)
}

// rewrap is one run through all keys.
type rewrap struct {
	e        *epochs
	store    Store
	to       *epochKey
	progress Progress
	failure  error // of the first key that does not open
}

func (w *rewrap) run(ctx context.Context, told func(Progress)) error {
	after := WrappedKey{}
	for {
		rows, err := w.store.KeysUnder(ctx, w.e.purpose, w.to.number, after, rewrapBatch)
		if err != nil {
			return fmt.Errorf("rewrap %s keys: %w", w.e.purpose, err)
		}
		for _, row := range rows {
			if err := w.one(ctx, row); err != nil {
				return fmt.Errorf("rewrap %s keys: %w", w.e.purpose, err)
			}
			after = row
		}
		told(w.progress)
		if len(rows) < rewrapBatch {
			return w.failure
		}
	}
}

func (w *rewrap) one(ctx context.Context, row WrappedKey) error {
	next, err := w.wrapped(ctx, row)
	if errors.Is(err, ErrForged) {
		w.progress.Failed++
		if w.failure == nil {
			w.failure = fmt.Errorf("rewrap %s key %s/%s/%d: %w", w.e.purpose, row.Platform, row.UserKey, row.Ref.Number, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	replaced, err := w.store.ReplaceKey(ctx, w.e.purpose, row, next)
	switch {
	case err != nil:
		return err
	case replaced:
		w.progress.Done++
	default:
		w.progress.Gone++
	}
	return nil
}

func (w *rewrap) wrapped(ctx context.Context, row WrappedKey) (WrappedKey, error) {
	from, err := w.e.get(ctx, row.Epoch)
	if err != nil {
		return row, err
	}
	aad := keyAAD(w.e.purpose, row)
	key, err := from.unwrap.openKey(aad, row.Wrapped)
	if err != nil {
		return row, err
	}
	row.Epoch, row.Wrapped = w.to.number, wrap(w.to.wrap, aad, key())
	return row, nil
}

// RewrapEpochs has the keeper wrap every epoch key of a purpose anew: after a change of the keeper, with the former one in Config.Older, and
// after the keeper has a new version of its key. It returns how many; those that another process was faster with are among them.
func (r *Rings) RewrapEpochs(ctx context.Context, p Purpose) (int, error) {
	e, err := r.writes(p)
	if err != nil {
		return 0, fmt.Errorf("rewrap %s epoch keys: %w", p, err)
	}
	rows, err := r.store.Epochs(ctx, p)
	if err != nil {
		return 0, fmt.Errorf("rewrap %s epoch keys: %w", p, err)
	}
	for _, row := range rows {
		if err := e.rewrap(ctx, row); err != nil {
			return 0, fmt.Errorf("rewrap %s epoch key %d: %w", p, row.Number, err)
		}
	}
	return len(rows), nil
}

// rewrap replaces a row only by one that opens to the same key: what goes wrong here would lose every user's keys.
func (e *epochs) rewrap(ctx context.Context, row WrappedEpoch) error {
	key, err := e.unseal(ctx, row)
	if err != nil {
		return err
	}
	next := row
	if next.Wrapped, err = e.seal(ctx, row.Number, key); err != nil {
		return fmt.Errorf("wrap epoch key: %w", err)
	}
	back, err := e.unsealBy(ctx, e.keeper, next)
	if err != nil || subtle.ConstantTimeCompare(back(), key()) != 1 {
		return errors.Join(errors.New("the keeper does not give back what it wrapped"), err)
	}
	_, err = e.store.ReplaceEpoch(ctx, row, next)
	return err
}
