package events

import (
	"regexp"
	"strings"
)

var (
	phoneLike = regexp.MustCompile(`^(\+|00)[1-9][0-9]{5,14}$`)                            // international
	nationals = regexp.MustCompile(`^0[1-9][0-9]{7,12}$`)                                  // national, with the trunk's zero: a counter has none
	bareDigit = regexp.MustCompile(`^[1-9][0-9]{10,14}$`)                                  // country code without a plus; shorter ones are taken for counters
	separated = regexp.MustCompile(`^\(?[2-9][0-9]{2}\)?[ ./-]?[0-9]{3}[ ./-][0-9]{3,4}$`) // North American, in groups

	// As expensive to make as an attempt is to judge.
	spelledOut = strings.NewReplacer("%40", "@", "＠", "@", "%2B", "+", "%2b", "+")
	ungrouped  = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "")
)

// groups are what stands between the digits of a number.
const groups = " -.()/"

// LooksPersonal says whether a user id looks like a mail address or a phone number. Ids stay in the history for ever, so that
// policy refuses these. It is a net, not a proof: 10 digits pass, because counters have them, and 11 to 15 digits do not.
func LooksPersonal(user string) bool {
	id := strings.TrimSpace(user)
	if strings.Contains(id, "%") || strings.Contains(id, "＠") { // a search that finds nothing takes room as well
		id = spelledOut.Replace(id)
	}
	if at := strings.LastIndexByte(id, '@'); at > 0 && at < len(id)-1 {
		return true
	}
	id = strings.TrimPrefix(strings.ToLower(id), "tel:")
	if strings.Trim(id, "+0123456789"+groups) != "" {
		return false
	}
	if separated.MatchString(id) {
		return true
	}
	digits := ungrouped.Replace(id)
	if strings.HasPrefix(id, "+") || strings.HasPrefix(id, "00") {
		return phoneLike.MatchString(digits)
	}
	return nationals.MatchString(digits) || digits == id && bareDigit.MatchString(id)
}
