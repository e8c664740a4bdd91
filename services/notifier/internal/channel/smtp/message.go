package smtp

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	netmail "net/mail"
	"regexp"
	"strings"

	"github.com/wneessen/go-mail"

	"countersign/services/notifier/internal/channel"
)

// plainID is what may stand before the @ of a Message-ID as it is.
var plainID = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,64}\z`)

// A sender is who a mail comes from.
type sender struct {
	from   *netmail.Address
	domain string // of Message-IDs
}

func newSender(from *netmail.Address) sender {
	return sender{from, from.Address[strings.LastIndexByte(from.Address, '@')+1:]}
}

// A letter is a mail that leaves once its look lets it pass.
type letter struct {
	*mail.Msg
	id   string
	look *channel.LastLook
}

func (s sender) letter(n channel.Notification, look *channel.LastLook) (letter, error) {
	to := n.To.Reveal()
	if !channel.IsEmail(to) {
		return letter{}, channel.Permanent(channel.BadAddress, errors.New("not an email address"))
	}
	id := s.id(n.ID)
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	if n.ReturnPath != "" {
		m.EnvelopeFromMailAddress(&netmail.Address{Address: n.ReturnPath})
	}
	m.ToMailAddress(&netmail.Address{Address: to})
	m.Subject(n.Subject)
	m.SetMessageIDWithValue(id)
	m.SetDate()
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	m.SetGenHeader(mail.HeaderXAutoResponseSuppress, "All")
	m.SetBodyWriter(mail.TypeTextPlain, func(w io.Writer) (int64, error) {
		if err := look.Passes(); err != nil {
			return 0, err
		}
		written, err := io.WriteString(w, n.Text.Reveal())
		return int64(written), err
	})
	if !n.HTML.IsZero() {
		m.AddAlternativeString(mail.TypeTextHTML, n.HTML.Reveal())
	}
	return letter{m, "<" + id + ">", look}, nil
}

func (s sender) id(notification string) string {
	if !plainID.MatchString(notification) {
		sum := sha256.Sum256([]byte(notification))
		notification = hex.EncodeToString(sum[:16])
	}
	return notification + "@" + s.domain
}
