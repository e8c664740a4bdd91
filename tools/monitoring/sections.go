package main

// sections are the dashboard from top to bottom: first whether all is well, then where it is not.
func sections() []section {
	return []section{
		{"Is all well", []view{
			{"Messages a second", "Handled by all workers, whatever became of them.", "short", true, 0, []query{{`sum(rate(countersign_bus_messages_total{of}[$__rate_interval]))`, "messages"}}},
			{"Dead letters, 24 h", "Each is one message that could neither be handled nor answered.", "short", true, 1, []query{{`sum(increase(countersign_bus_messages_total{of,outcome="dead"}[24h]))`, "dead letters"}}},
			{"Oldest message", "Held by a worker, or given back and to come again.", "s", true, 60, []query{{`max(countersign_bus_oldest_seconds{of})`, "oldest"}}},
			{"Oldest decision not told", "In the store, and not yet confirmed by the bus.", "s", true, 60, []query{{`max(countersign_outbox_oldest_seconds{of})`, "oldest"}}},
			{"Providers down", "Asked once in a while only.", "short", true, 1, []query{{`sum(max by (channel, provider) (countersign_notifier_provider_open{all}))`, "down"}}},
			{"Processes", "Seen by Prometheus.", "short", true, 0, []query{{`count(process_start_time_seconds{all,job=~".+/countersign"})`, "processes"}}},
		}},
		{"Messages", []view{
			{"Handled", "By type.", "ops", false, 0, []query{{`sum by (worker, type) (rate(countersign_bus_messages_total{of}[$__rate_interval]))`, "{{worker}} {{type}}"}}},
			{"Come again, dead", "What was not done at once.", "ops", false, 0, []query{
				{`sum by (worker, type) (rate(countersign_bus_messages_total{of,outcome="retry"}[$__rate_interval]))`, "retry {{worker}} {{type}}"},
				{`sum by (worker, type) (rate(countersign_bus_messages_total{of,outcome="dead"}[$__rate_interval]))`, "dead {{worker}} {{type}}"},
			}},
			{"Waiting before the first handling", "From being stored on the bus. Logins are too late after 60 s.", "s", false, 0, quantiles("countersign_bus_wait_seconds", "{of}", "worker, type")},
			{"Handling", "Until the effect is durable and its events are confirmed.", "s", false, 0, quantiles("countersign_bus_handle_seconds", "{of}", "worker, type")},
			{"Refused", "By the reason that platforms were told; none is a type that nobody knows.", "ops", false, 0, []query{
				{`sum by (worker, type, code) (rate(countersign_requests_rejected_total{of}[$__rate_interval]))`, "{{worker}} {{type}} {{code}}"},
			}},
			{"Lag", "Messages behind the one that was handled last.", "short", false, 0, []query{{`max by (worker, type) (countersign_bus_lag{of})`, "{{worker}} {{type}}"}}},
			{"Oldest message, lanes at work", "Of 128 lanes a process.", "short", false, 0, []query{
				{`max by (worker, type) (countersign_bus_oldest_seconds{of})`, "seconds {{worker}} {{type}}"},
				{`sum by (worker) (countersign_bus_lanes_busy{of})`, "lanes {{worker}}"},
			}},
		}},
		{"Store and outbox", []view{
			{"Commits", "How long the store took.", "s", false, 0, quantiles("countersign_stream_commit_seconds", "{of}", "worker, kind")},
			{"Conflicts, answers given again", "A conflict: another process was faster with the same user. Seen: the message had its effect before.", "ops", false, 0, []query{
				{`sum by (worker, kind) (rate(countersign_stream_conflicts_total{of}[$__rate_interval]))`, "conflicts {{worker}} {{kind}}"},
				{`sum by (worker, kind) (rate(countersign_stream_seen_total{of}[$__rate_interval]))`, "seen {{worker}} {{kind}}"},
			}},
			{"Lock waits", "From the first conflict of a message until it was settled.", "s", false, 0, quantiles("countersign_stream_lock_wait_seconds", "{of}", "worker, kind")},
			{"Publishing", "How long the bus took to confirm what one commit publishes.", "s", false, 0, quantiles("countersign_outbox_publish_seconds", "{of}", "worker")},
			{"Not published", "Commits older than 5 s that the bus has not confirmed, and the age of the oldest.", "short", false, 0, []query{
				{`max by (worker, kind) (countersign_outbox_pending{of})`, "commits {{worker}} {{kind}}"},
				{`max by (worker, kind) (countersign_outbox_oldest_seconds{of})`, "seconds {{worker}} {{kind}}"},
			}},
			{"Swept", "commit: a process died. lost: the bus has lost messages. timer: it was overdue.", "short", false, 0, []query{{`sum by (worker, what) (increase(countersign_outbox_swept_total{of}[$__rate_interval]))`, "{{worker}} {{what}}"}}},
		}},
		{"Questions and pages", []view{
			{"Questions", "By what came of them.", "ops", false, 0, []query{{`sum by (rpc, outcome) (rate(countersign_rpc_answers_total{of}[$__rate_interval]))`, "{{rpc}} {{outcome}}"}}},
			{"Answering questions", "", "s", false, 0, quantiles("countersign_rpc_answer_seconds", "{of}", "rpc")},
			{"Pages", "Requests of browsers, and of providers that report.", "ops", false, 0, []query{{`sum by (route, status) (rate(countersign_page_answers_total{of}[$__rate_interval]))`, "{{route}} {{status}}"}}},
			{"Answering pages", "", "s", false, 0, quantiles("countersign_page_seconds", "{of}", "worker, route")},
		}},
		{"Sending", []view{
			{"Tries by outcome", "taken: the provider has it. The rest is why not.", "ops", false, 0, []query{{`sum by (channel, provider, outcome) (rate(countersign_notifier_tries_total{all}[$__rate_interval]))`, "{{channel}} {{provider}} {{outcome}}"}}},
			{"Calls to providers", "", "s", false, 0, quantiles("countersign_notifier_try_seconds", "{all}", "channel, provider")},
			{"Providers down", "1 while it is asked once in a while only.", "short", false, 0, []query{{`max by (channel, provider) (countersign_notifier_provider_open{all})`, "{{channel}} {{provider}}"}}},
			{"Over budget", "Not sent; pause: the prefix is paused.", "short", false, 0, []query{{`sum by (budget) (increase(countersign_notifier_over_budget_total{all}[$__rate_interval]))`, "{{budget}}"}}},
			{"Pauses of prefixes", "Codes sent there are hardly ever entered.", "short", false, 0, []query{{`sum(increase(countersign_notifier_prefix_pauses_total{all}[$__rate_interval]))`, "pauses"}}},
			{"Mails that came back", "taken: noted as not delivered.", "short", false, 0, []query{{`sum by (outcome) (increase(countersign_notifier_returned_mails_total{all}[$__rate_interval]))`, "{{outcome}}"}}},
		}},
		{"Processes", []view{
			{"Ready", "The least of a worker's processes, by check: 0 where one is not. /readyz says why.", "short", false, 0, []query{{`min by (worker, check) (countersign_process_ready{of})`, "{{worker}} {{check}}"}}},
			{"Memory", "Resident.", "bytes", false, 0, []query{{`process_resident_memory_bytes{all,job=~".+/countersign"}`, "{{pod}}"}}},
			{"Processor", "Cores in use.", "short", false, 0, []query{{`rate(process_cpu_seconds_total{all,job=~".+/countersign"}[$__rate_interval])`, "{{pod}}"}}},
			{"Goroutines", "", "short", false, 0, []query{{`go_goroutines{all,job=~".+/countersign"}`, "{{pod}}"}}},
		}},
	}
}
