package events

import (
	"fmt"
	"regexp"
	"strconv"
)

const namePrefix = "countersign."

func typeName(entity, fact string, version int) string {
	return namePrefix + entity + "." + fact + ".v" + strconv.Itoa(version)
}

var nameShape = regexp.MustCompile(`^countersign\.([a-z][a-z_]{0,40})\.([a-z][a-z_]{0,40})\.v([1-9][0-9]{0,5})$`)

// ParseName takes a wire name apart. A name that is not countersign.<entity>.<fact>.v<version> is an error.
func ParseName(name string) (entity, fact string, version int, err error) {
	p := nameShape.FindStringSubmatch(name)
	if p == nil {
		return "", "", 0, fmt.Errorf("read type: want countersign.<entity>.<fact>.v<version>")
	}
	version, err = strconv.Atoi(p[3])
	return p[1], p[2], version, err
}
