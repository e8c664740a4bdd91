// Package web is the pages of a recovery, for people who have lost the device that they sign in with.
//
//   - GET and HEAD change nothing, however often whoever opens a link. Only a form does, sent from the page itself.
//   - A page is a function of the case, the address and the browser's languages: reload, the back button and a restart show where the
//     case stands. Nothing is remembered here.
//   - Expired, used, cancelled and unknown links give the same page.
//   - Every page works without a script, except the CAPTCHA, which says so.
//   - No URL comes from a Host header; redirects are paths. No answer may be stored, framed, or tell where somebody came from.
package web
