//go:build race

package faults_test

// raceDetector says whether the tests, and so the workers that they drive, run with the race detector.
const raceDetector = true
