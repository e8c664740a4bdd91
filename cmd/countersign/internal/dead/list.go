package dead

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// List writes the letters that fit, oldest first: a table, or one JSON object a line.
func List(ctx context.Context, out io.Writer, b Box, f Filter, asJSON bool) error {
	if asJSON {
		lines := json.NewEncoder(out)
		return b.Each(ctx, f, func(l Letter) error { return lines.Encode(l) })
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	reasons, n := map[string]int{}, 0
	err := b.Each(ctx, f, func(l Letter) error {
		if n == 0 {
			_, _ = fmt.Fprintln(t, "SEQUENCE\tDIED\tPLATFORM\tWORKER\tTYPE\tREASON\tTRIES\tUSER KEY\tCE-ID\tNOTE")
		}
		n++
		reasons[l.Reason]++
		_, err := fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n",
			l.Sequence, l.Died.Format(time.RFC3339), l.Platform, l.Worker, l.Type, l.Reason, l.Deliveries, dash(l.UserKey), dash(l.ID), l.note())
		return err
	})
	if err != nil {
		return err
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, total(n, reasons))
	return err
}

func total(n int, reasons map[string]int) string {
	if n == 0 {
		return "no letters"
	}
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, strconv.Itoa(reasons[reason])+" "+reason)
	}
	return times(uint64(n), "letter") + ": " + strings.Join(parts, ", ")
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
