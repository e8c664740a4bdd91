// Package queries holds PromQL to what was scraped: a query is parsed by Prometheus' own parser, and every metric, every label and every
// value that it selects by must be there. It also says when an alert would fire, by Prometheus' own engine.
package queries
