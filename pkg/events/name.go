package events

import (
	"fmt"
	"strconv"
	"strings"
)

const namePrefix = "countersign."

func typeName(entity, fact string, version int) string {
	return namePrefix + entity + "." + fact + ".v" + strconv.Itoa(version)
}

// ParseName takes a wire name apart. A name that is not countersign.<entity>.<fact>.v<version> is an error.
func ParseName(name string) (entity, fact string, version int, err error) {
	parts := strings.Split(name, ".")
	if len(parts) != 4 || parts[0] != "countersign" || !strings.HasPrefix(parts[3], "v") {
		return "", "", 0, fmt.Errorf("read type %q: want countersign.<entity>.<fact>.v<version>", name)
	}
	version, err = strconv.Atoi(parts[3][1:])
	if err != nil || version < 1 || parts[1] == "" || parts[2] == "" {
		return "", "", 0, fmt.Errorf("read type %q: want countersign.<entity>.<fact>.v<version>", name)
	}
	return parts[1], parts[2], version, nil
}
