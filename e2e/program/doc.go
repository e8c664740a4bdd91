// Package program builds the programs of the workspace and runs them as an operator does: each with an environment of its own, and nothing of the
// test's. Everything that they say is kept; one that has met a data race has not ended well.
package program
