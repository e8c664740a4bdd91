//go:build !race

package program

// Race says whether the tests, and so the programs that they drive, run with the race detector.
const Race = false
