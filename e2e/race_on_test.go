//go:build race

package e2e_test

// raceDetector says whether the tests, and so the process that they drive, run with the race detector.
const raceDetector = true
