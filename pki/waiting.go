package pki

import (
	"context"

	"github.com/mtlscheck/mtlscheck/pki/internal/lock"
)

// lockFile is in every folder of certificates.
const lockFile = lock.File

// WhenWaiting returns a context under which InitContext, Store.AddContext and package manifest call say where they have waited for a second
// for another process that changes the same folder. It is told the file that the other has locked, and called once for each wait.
func WhenWaiting(ctx context.Context, say func(file string)) context.Context {
	return lock.WhenWaiting(ctx, say)
}
