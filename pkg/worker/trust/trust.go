// Package trust says of a connection that failed over a certificate, the server's or our own, why it was not believed, and who puts that right: an
// operator's setting, or whoever runs the server. It changes nothing of what is believed.
package trust

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
)

// A Server is who was talked to, in an operator's words.
type Server struct {
	Is        string // "the bus"
	Address   string // the setting that says where it is
	Authority string // the setting that says who vouches for it
	Ours      string // the setting that names our own certificate
}

// Explain adds a remedy to an error of TLS, also to one that the MongoDB driver keeps in its description of the servers. Any other error, and nil,
// it returns as it is.
func Explain(err error, s Server) error {
	if remedy := s.remedy(err); remedy != "" {
		return fmt.Errorf("%w: %s", err, remedy)
	}
	return err
}

func (s Server) remedy(err error) string {
	if err == nil {
		return ""
	}
	if choice, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		for _, one := range choice.Desc.Servers {
			if remedy := s.remedy(one.LastError); remedy != "" {
				return remedy
			}
		}
		return ""
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return s.Is + " of " + s.Address + " has no TLS there"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return s.certificate(err)
	}
	if said, ok := errors.AsType[*net.OpError](err); ok && said.Op == "remote error" && strings.Contains(said.Err.Error(), "certificate") {
		return s.Refused()
	}
	return ""
}

// Refused is the remedy where the server does not believe us. Its word of that comes after the handshake, and is lost where we write before we read.
func (s Server) Refused() string {
	return s.Ours + " must name a certificate of ours that is valid now, for clients, and from whom " + s.Is + " believes"
}

func (s Server) certificate(err error) string {
	vouches := s.Authority + " must name who vouches for " + s.Is
	names := s.Address + " must have a name that its certificate has"
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return s.Is + " of " + s.Address + " must be given a certificate that is valid now, or this machine's clock be put right; no setting lets it pass"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return vouches
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return names
	}
	return vouches + ", and " + names
}
