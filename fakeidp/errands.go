package fakeidp

import (
	"context"
	"sync"
)

// errands are what a server does elsewhere. None outlives it.
type errands struct {
	// patience bounds what is done at one go.
	patience func(context.Context) (context.Context, context.CancelFunc)

	mu      sync.Mutex
	ended   bool
	running sync.WaitGroup
	open    context.Context
	close   context.CancelFunc
}

func newErrands() *errands {
	e := &errands{patience: func(open context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(open, logoutPatience)
	}}
	e.open, e.close = context.WithCancel(context.Background())
	return e
}

// run does all of these at once and waits until they are done or patience is over. It does nothing, and says so, where the
// server has ended.
func (e *errands) run(all []func(context.Context)) bool {
	if !e.begin(len(all)) {
		return false
	}
	ctx, cancel := e.patience(e.open)
	defer cancel()
	var done sync.WaitGroup
	for _, do := range all {
		done.Go(func() {
			defer e.running.Done()
			do(ctx)
		})
	}
	done.Wait()
	return true
}

func (e *errands) begin(n int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ended {
		e.running.Add(n)
	}
	return !e.ended
}

// end breaks off what is being done, lets nothing new begin, and waits until all is over.
func (e *errands) end() {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	e.close()
	e.running.Wait()
}
