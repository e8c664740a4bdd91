package pskc

import (
	"cmp"
	"strings"

	"countersign/cmd/countersign/internal/importer"
	"countersign/pkg/events"
)

type keyPackage struct {
	Device struct {
		Serial string `xml:"SerialNo"`
		User   string `xml:"UserId"`
	} `xml:"DeviceInfo"`
	Key key `xml:"Key"`
}

type key struct {
	ID        string `xml:"Id,attr"`
	Algorithm string `xml:"Algorithm,attr"`
	Issuer    string `xml:"Issuer"`
	User      string `xml:"UserId"`
	Suite     string `xml:"AlgorithmParameters>Suite"`
	Format    struct {
		Length   string `xml:"Length,attr"`
		Encoding string `xml:"Encoding,attr"`
	} `xml:"AlgorithmParameters>ResponseFormat"`
	Secret   value  `xml:"Data>Secret"`
	Interval value  `xml:"Data>TimeInterval"`
	Policy   policy `xml:"Policy"`
}

// A value stands in clear or encrypted.
type value struct {
	Plain     *string    `xml:"PlainValue"`
	Encrypted *encrypted `xml:"EncryptedValue"`
	MAC       string     `xml:"ValueMAC"`
}

// A policy is what the token's maker demands. RFC 6030 section 5: what is not understood forbids the use.
type policy struct {
	Usages []string `xml:"KeyUsage"`
	Others []struct {
		Text string `xml:",chardata"`
	} `xml:",any"`
}

const totp = namespace + ":totp"

func (c *container) record(line int, p keyPackage) (importer.Record, error) {
	k := p.Key
	if f := k.kind(); f != nil {
		return importer.Record{}, importer.First(line, f)
	}
	seed, f1 := c.seed(k.Secret)
	algorithm, f2 := importer.Algorithm(strings.TrimSpace(k.Suite))
	digits, f3 := importer.Number("Length", k.Format.Length)
	period, f4 := importer.Seconds("TimeInterval", strings.TrimSpace(k.Interval.clear()))
	if err := importer.First(line, f1, f2, f3, f4); err != nil {
		return importer.Record{}, err
	}
	user := cmp.Or(strings.TrimSpace(k.User), strings.TrimSpace(p.Device.User), k.ID, strings.TrimSpace(p.Device.Serial))
	return importer.Record{
		Line: line, User: events.NewSecret(user), Issuer: strings.TrimSpace(k.Issuer), Seed: seed, Algorithm: algorithm, Digits: digits, Period: period,
	}.Check()
}

func (k key) kind() *importer.Fault {
	const anew = "enroll the user anew"
	switch {
	case k.Algorithm != totp:
		return importer.Faultf(anew, "the key is not time-based (totp)")
	case k.Format.Encoding != "" && k.Format.Encoding != "DECIMAL":
		return importer.Faultf(anew, "its codes are not digits")
	case k.Interval.Plain == nil && k.Interval.Encrypted != nil:
		return importer.Faultf("export it with TimeInterval in clear", "TimeInterval is encrypted")
	case !k.Policy.fits():
		return importer.Faultf("take the Policy out if it may be given up, or enroll the user anew", "its Policy demands what is not kept here")
	}
	return nil
}

func (p policy) fits() bool {
	for _, usage := range p.Usages {
		if strings.TrimSpace(usage) != "OTP" {
			return false
		}
	}
	return len(p.Others) == 0
}

func (v value) clear() string {
	if v.Plain == nil {
		return ""
	}
	return *v.Plain
}
