// Package events is the contract of Countersign: what platforms, support tools and workers say to each other on the bus. It is the
// only definition in code; the AsyncAPI document and the JSON Schemas in asyncapi and the catalogue in docs/events.md are written
// from it.
//
// # Shape
//
// A message is a CloudEvents 1.0 event over NATS: an [Envelope], read by [Decode] and written by [Encode], whose data is one
// of the types in the packages enrollment, guard, notification and recovery, or a [RequestRejected]. The wire name is
// countersign.<entity>.<fact>.v<version>, the subject follows from it ([InSubject], [OutSubject]). A [Registry] reads
// data; package catalog makes the one that knows every type.
//
// What comes in reports a fact or asks for something and is answered by exactly one event with its ce-id as ce-causationid: one of
// the row's Answers, or request.rejected. What goes out is a fact, in the past tense.
//
// # Promises
//
// Names, subjects and fields of version 1 are kept. A field may be added, a word may be added to an enumeration, an event may be added:
// platforms ignore what they do not know, and so do workers with fields. A change that is more than that is a new version, with an
// [Upcaster] from the former one, so that everything ever written is read for ever; the golden events in testdata hold this.
//
// Reading is strict where it is about what is known: a field given twice, of another JSON type, out of its bounds or missing is a
// [FieldError], which names the field and the remedy and never the value. Names of fields are exact. A version that is not
// known is [ErrUnsupportedVersion], a type that is not known [ErrUnknownType]; [Reject] says each error in the words of the
// contract. Nothing that can be sent makes Decode panic.
//
// No event that goes out and no record holds a code, an address, a phone number, a label, a person's free text or anything from which one
// follows. What comes in may: such fields are [Secret], which prints as [Redacted] everywhere, or arrive sealed (package seal).
//
// # Units and bounds
//
// Times are RFC 3339, written in UTC. Texts are UTF-8; their bounds are in bytes: a user has 1 to 256, an id 1 to 128, a code at
// most 64, free text at most 1,024, a message 65,536 ([MaxMessage]). Users and ids hold no control characters. Phone numbers are
// E.164. Factor, reason and the like are words of lower-case letters and underscores. A field without a value is
// absent; null and, where a field is not required, an empty text count as absent.
package events
