//go:build !linux

package faults_test

import (
	"context"
	"errors"
)

func fullDisk(context.Context, *storm) error {
	return errors.New("a small file system is mounted on Linux only: run the faults there, or name others in COUNTERSIGN_FAULTS_ONLY")
}
