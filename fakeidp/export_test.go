package fakeidp

import "context"

// SetLogoutPatience bounds how long a sign-out of this server waits for the clients that it tells.
func SetLogoutPatience(s *Server, bounds func(context.Context) (context.Context, context.CancelFunc)) {
	s.errands.patience = bounds
}
