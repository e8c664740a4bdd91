package carry

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"countersign/cmd/countersign/internal/importer"
)

// Users says which user has which account.
type Users map[string]string

const maxUsers = 64 << 20 // bytes

// ReadUsers reads a table with two columns, account and user, under a header that names them so. No error shows either.
func ReadUsers(r io.Reader) (Users, error) {
	rows := csv.NewReader(importer.Bounded(r, maxUsers))
	rows.FieldsPerRecord, rows.TrimLeadingSpace = 2, true
	header, err := rows.Read()
	if err != nil || header[0] != "account" || header[1] != "user" {
		return nil, errors.New("read users: line 1: it is not account,user; begin with these names of the columns")
	}
	all := Users{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read users: %w; write one account and its user a line", err)
		}
		if line, _ := rows.FieldPos(0); all[row[0]] != "" {
			return nil, fmt.Errorf("read users: line %d: the account stood there before; keep one", line)
		}
		all[row[0]] = row[1]
	}
}
