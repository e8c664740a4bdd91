package sink

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"countersign/services/notifier/internal/gsm7"
)

const apiVersion = "2010-04-01"

// A reply is one answer of the API, ready to be written.
type reply struct {
	status int
	body   any
}

// failure is the JSON of Twilio's errors.
type failure struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

// resource is the JSON of a message; fields that the stand-in has no value for are null, as they are at first in Twilio's.
type resource struct {
	SID                 string            `json:"sid"`
	AccountSID          string            `json:"account_sid"`
	MessagingServiceSID *string           `json:"messaging_service_sid"`
	To                  string            `json:"to"`
	From                *string           `json:"from"`
	Body                string            `json:"body"`
	Status              string            `json:"status"`
	Direction           string            `json:"direction"`
	NumSegments         string            `json:"num_segments"`
	NumMedia            string            `json:"num_media"`
	DateCreated         string            `json:"date_created"`
	DateUpdated         string            `json:"date_updated"`
	DateSent            *string           `json:"date_sent"`
	Price               *string           `json:"price"`
	PriceUnit           string            `json:"price_unit"`
	ErrorCode           *int              `json:"error_code"`
	ErrorMessage        *string           `json:"error_message"`
	APIVersion          string            `json:"api_version"`
	URI                 string            `json:"uri"`
	SubresourceURIs     map[string]string `json:"subresource_uris"`
}

// listing is the JSON of one page of messages; the stand-in has a single page.
type listing struct {
	Messages        []resource `json:"messages"`
	Page            int        `json:"page"`
	PageSize        int        `json:"page_size"`
	Start           int        `json:"start"`
	End             int        `json:"end"`
	URI             string     `json:"uri"`
	FirstPageURI    string     `json:"first_page_uri"`
	NextPageURI     *string    `json:"next_page_uri"`
	PreviousPageURI *string    `json:"previous_page_uri"`
}

func answer(w http.ResponseWriter, r *reply) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(r.body) // nobody is left to tell
}

func refuse(status, code int, message string) *reply {
	info := "https://www.twilio.com/docs/errors/" + strconv.Itoa(code)
	return &reply{status, failure{Code: code, Message: message, MoreInfo: info, Status: status}}
}

func badRequest(code int, message string) *reply { return refuse(http.StatusBadRequest, code, message) }

func notFound(path string) *reply {
	return refuse(http.StatusNotFound, 20404, "The requested resource "+path+" was not found")
}

func created(t Text) *reply { return &reply{http.StatusCreated, describe(t)} }

func page(at *url.URL, texts []Text) *reply {
	all := listing{Messages: []resource{}, PageSize: 50, URI: at.RequestURI(), FirstPageURI: at.RequestURI()}
	for i := len(texts) - 1; i >= 0; i-- { // newest first
		all.Messages = append(all.Messages, describe(texts[i]))
	}
	all.End = max(0, len(texts)-1)
	return &reply{http.StatusOK, all}
}

func describe(t Text) resource {
	uri := "/" + apiVersion + "/Accounts/" + t.Account + "/Messages/" + t.SID
	at := t.At.Format(time.RFC1123Z)
	return resource{
		SID: t.SID, AccountSID: t.Account, MessagingServiceSID: optional(t.Service), To: t.To, From: optional(t.From),
		Body: t.Body, Status: t.Status, Direction: "outbound-api", NumSegments: strconv.Itoa(gsm7.Segments(t.Body)), NumMedia: "0",
		DateCreated: at, DateUpdated: at, PriceUnit: "USD", ErrorCode: optional(t.ErrorCode), APIVersion: apiVersion,
		URI: uri + ".json", SubresourceURIs: map[string]string{"media": uri + "/Media.json"},
	}
}

func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
