package faults_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	headLength = 16       // of a message of MongoDB's: length, id, id of what it answers, operation; 32 bits each, little endian
	opMsg      = 2013     // the operation of all commands since MongoDB 3.6
	most       = 48 << 20 // bytes of one message
)

// message reads a whole message: what is to be answered in the server's place must be known from its begin.
func message(from io.Reader, buffer []byte) ([]byte, error) {
	if _, err := io.ReadFull(from, buffer[:headLength]); err != nil {
		return nil, err
	}
	size := int(binary.LittleEndian.Uint32(buffer))
	if size < headLength || size > most {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	whole := make([]byte, size)
	copy(whole, buffer[:headLength])
	_, err := io.ReadFull(from, whole[headLength:])
	return whole, err
}

var writes = map[string]bool{"insert": true, "update": true, "delete": true, "findAndModify": true, "create": true, "createIndexes": true}

// notPrimary is what a server says to a write that has stepped down or whose disk is read-only; nil to all else.
func notPrimary(asked []byte) []byte {
	const flags, kind = 4, 1
	if len(asked) < headLength+flags+kind || binary.LittleEndian.Uint32(asked[12:]) != opMsg {
		return nil
	}
	command, err := bson.Raw(asked[headLength+flags+kind:]).IndexErr(0)
	if err != nil || !writes[command.Key()] {
		return nil
	}
	said, err := bson.Marshal(bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: "not primary"}, {Key: "code", Value: 10107}, {Key: "codeName", Value: "NotWritablePrimary"}})
	if err != nil {
		return nil
	}
	answer := binary.LittleEndian.AppendUint32(nil, uint32(headLength+flags+kind+len(said)))
	answer = append(answer, 0, 0, 0, 0)
	answer = append(answer, asked[4:8]...)
	answer = binary.LittleEndian.AppendUint32(answer, opMsg)
	return append(append(answer, 0, 0, 0, 0, 0), said...)
}

// readOnly: everything can be read, and nothing is written.
func readOnly(ctx context.Context, s *storm) error {
	before := s.store.refused.Load()
	s.done()
	err := s.store.while(ctx, state{readOnly: true}, 3*time.Second)
	if err == nil && s.store.refused.Load() == before {
		err = errors.New("nobody wrote while the store was read-only")
	}
	return err
}
