package interop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// grace is how long a server may take to end after SIGTERM before it is killed.
const grace = 5 * time.Second

// A Server is a running process.
type Server struct {
	Ready string // what the ready line said after its prefix

	pid    int
	cancel context.CancelFunc
	ended  chan struct{} // closed when the process is gone

	mu     sync.Mutex
	output strings.Builder
}

// Start runs a program and waits until it prints, on standard output, a line that begins with the prefix ready. The
// returned server runs until [Server.Stop] or the end of the context. The error tells what the program printed if it ended
// before it was ready, or was not ready before the context ended.
func Start(ctx context.Context, ready, program string, args ...string) (*Server, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	s := &Server{cancel: cancel, ended: make(chan struct{})}
	lines, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, writer(s.print)
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	s.pid = cmd.Process.Pid
	found := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		s.follow(lines, ready, found)
	}()
	go func() {
		_ = cmd.Wait() // how it ended is in its output; whether it is gone is what counts
		_ = write.Close()
		<-read
		close(s.ended)
	}()
	select {
	case s.Ready = <-found:
		return s, nil
	case <-s.ended:
	case <-ctx.Done():
		s.Stop()
	}
	cancel()
	return nil, fmt.Errorf("%s was never ready; it printed:\n%s", program, s.Output())
}

// follow keeps every line and hands over the rest of the first one that begins with ready.
func (s *Server) follow(lines io.Reader, ready string, found chan<- string) {
	in := bufio.NewReader(lines)
	for {
		line, err := in.ReadString('\n')
		_, _ = s.print([]byte(line))
		if rest, ok := strings.CutPrefix(line, ready); ok && err == nil {
			select {
			case found <- strings.TrimSpace(rest):
			default: // it was ready before
			}
		}
		if err != nil {
			return
		}
	}
}

// PID is the number of the process.
func (s *Server) PID() int { return s.pid }

// Stop asks the process to end, kills it if it does not within five seconds, and returns when it is gone.
func (s *Server) Stop() {
	s.cancel()
	<-s.ended
}

// Output is what the process printed so far, both streams.
func (s *Server) Output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

func (s *Server) print(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.Write(p)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// FreePorts returns n different TCP ports of 127.0.0.1 on which nobody listens. They lie below the range from which Linux
// takes the ports of outgoing connections, so that nobody else is given them before the server listens. They are tried by
// connecting, not by listening: a listener, once closed, lives on in every process that is being forked at that moment.
func FreePorts(n int) ([]int, error) {
	const first, end = 20000, 32000
	var ports []int
	for tried := 0; len(ports) < n; tried++ {
		if tried == 100*(n+1) {
			return nil, fmt.Errorf("no free port between %d and %d", first, end)
		}
		port := first + rand.IntN(end-first)
		if slices.Contains(ports, port) {
			continue
		}
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			ports = append(ports, port)
		case err == nil:
			_ = conn.Close()
		}
	}
	return ports, nil
}
