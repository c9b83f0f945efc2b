package interop

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestStartWaitsForTheReadyLine(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), "ready ", "sh", "-c", "echo booting; echo ready on 1234; echo later; exec sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	if s.Ready != "on 1234" {
		t.Errorf("Ready = %q, expected %q", s.Ready, "on 1234")
	}
	s.Stop()
	if got, want := s.Output(), "booting\nready on 1234\nlater\n"; got != want && got != "booting\nready on 1234\n" {
		t.Errorf("Output() = %q, expected %q or without its last line", got, want)
	}
	select {
	case <-s.ended:
	default:
		t.Error("Stop returned although the process is still there")
	}
	s.Stop() // again does nothing
}

func TestStartTellsWhatAProgramSaidThatWasNeverReady(t *testing.T) {
	t.Parallel()
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	tests := []struct {
		name, script, says string
		ctx                context.Context
	}{
		{"ends early", "echo cannot listen >&2; exit 1", "cannot listen", t.Context()},
		{"says ready only on stderr", "echo ready x >&2", "ready x", t.Context()},
		{"hangs", "echo thinking; exec sleep 600", "thinking", soon},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := Start(test.ctx, "ready ", "sh", "-c", test.script)
			if err == nil {
				s.Stop()
				t.Fatal("Start gave no error")
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error %q does not tell what the program printed, %q", err, test.says)
			}
		})
	}
	if _, err := Start(t.Context(), "ready ", "/there/is/no/such/program"); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestFreePortsCanBeListenedOn(t *testing.T) {
	t.Parallel()
	ports, err := FreePorts(3)
	if err != nil {
		t.Fatal(err)
	}
	if len(ports) != 3 {
		t.Fatalf("FreePorts(3) = %v", ports)
	}
	for _, port := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			t.Errorf("port %d: %v", port, err)
			continue
		}
		defer func() { _ = l.Close() }()
	}
}
