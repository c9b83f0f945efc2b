package suite

import (
	"context"
	"errors"
)

// whyEnded says in words why a run was ended; empty: it was not.
func whyEnded(ctx context.Context) string {
	why := context.Cause(ctx)
	switch {
	case why == nil:
		return ""
	case errors.Is(why, context.DeadlineExceeded):
		return "the run ended before it: its time was over"
	case errors.Is(why, context.Canceled):
		return "the run ended before it: it was interrupted"
	}
	return "the run ended before it: " + why.Error()
}
