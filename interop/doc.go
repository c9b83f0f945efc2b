// Package interop keeps mtlscheck honest against real servers. Each folder below it is one server: how it starts, and
// expected.yaml, which names every case that does not simply pass there, with the reason. A verdict that is not expected
// fails the test, in either direction: an accusation that is new, and a fault that is no longer found.
//
// This package starts a server and waits until it is ready, and compares a run's outcome with what was expected:
//
//	ports, err := interop.FreePorts(2)
//	server, err := interop.Start(ctx, "ready ", "node", "server.mjs", "--port", strconv.Itoa(ports[0]), …)
//	defer server.Stop()
//	…
//	expected, err := interop.ReadExpected("expected.yaml")
//	differences := expected.Compare(outcome)
package interop
