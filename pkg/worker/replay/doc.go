// Package replay folds streams anew, from their first events on, and holds them to what is kept.
//
// What it promises of a stream that it finds nothing in: no version is missing, none is earlier than the one before it or another user's, every
// event can be read by this release, and every state that a commit keeps is what the events up to it fold to. It changes nothing, and its
// findings name streams, versions and fields, never what stands in them.
package replay
