// Package stranger is a platform that shares no code with the product: it knows the contract's text, the standard library and the
// client of the bus. What it does wrong on purpose, the tests ask of it message by message.
package stranger
