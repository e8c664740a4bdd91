// Package ledgers holds two ledgers to each other: the notifier's own, which are its streams, and that of the providers, which are stand-ins that
// note every call. Processes of the notifier are killed meanwhile, by kill -9, and the stand-ins refuse, break off and fall silent.
//
// What must hold of every notification, whatever happened to it and however busy the machine is:
//
//   - Each try in our ledger and each call in theirs are the same: what was taken and answered is taken, what was refused is refused, and what
//     was answered by nothing, or by an error of the server, is unknown. A try without an outcome is one whose process was killed.
//   - At most N tries are made. A text that the provider can be asked about is taken once; another message twice only where a process was
//     killed in between.
//   - All that is taken brings one code.
//   - No code is lost while a provider works: what was taken and answered, or is found when the provider is asked, ends as sent; what ends
//     otherwise met a fault at every one of its N tries, or its answer was lost by somebody who cannot be asked.
//   - What ends as unknown has a try whose outcome was really lost, and no other outcome is told of one that was.
//
// No deadline of the notifier can come to pass in these tests and nothing waits for one: its calls may take minutes, and when a process has
// died the clocks of those that come after it are ahead by as much as a call may take.
package ledgers
