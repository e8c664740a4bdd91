// Package eventstore keeps streams of commits: what each decision left behind, written at once and kept for ever.
//
// What every store promises:
//
//   - A commit is one write. It is there whole or not at all, and when Append returns nil it survives a crash of the process, and on a
//     replicated server the loss of a minority of its nodes.
//   - (stream, version) is unique: of decisions made on the same state one wins, the others are told ErrConflict.
//   - (stream, cause) is unique: a cause has one commit, however often and however late its message comes back.
//   - Loading reads the last commit, whatever the length of the history; a missing version is a *GapError, never skipped.
//   - A commit is pending until it is marked published, and its timers are due until they are marked fired: what a crash leaves between
//     any two steps is found again by Pending and Due.
//
// A store is safe for concurrent use, also by several processes.
package eventstore
