package speed_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// build builds a program.
func build(b *testing.B, source string) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "program")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

const command = "github.com/mtlscheck/mtlscheck/cmd/mtlscheck"

// untilReady is the processor time, user and system, that a process takes from its start until it says that it is ready.
func untilReady(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ready := false
	for lines := bufio.NewScanner(out); !ready && lines.Scan(); {
		ready = strings.HasPrefix(strings.ToLower(lines.Text()), "ready ")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // how it ended is known
	if !ready {
		b.Fatalf("%s was never ready", cmd)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// BenchmarkReady is what processes cost until they serve, in turns: the least that serves HTTP over TLS, a process that has the fake and
// one client in it, mtlscheck that only says its version, and mtlscheck serve with all its clients, in a folder that is there and in a new one.
func BenchmarkReady(b *testing.B) {
	bare, program := build(b, "./testdata/bare"), build(b, command)
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	asked, err := json.Marshal(served{Kind: "fake", Alg: "ES256", Day: time.Now()})
	if err != nil {
		b.Fatal(err)
	}
	folders := b.TempDir()
	serve := func(folder string) *exec.Cmd {
		return exec.CommandContext(b.Context(), program, "serve", "-q", "--dir", filepath.Join(folders, folder))
	}
	untilReady(b, serve("again"))
	runs := []struct {
		name string
		cmd  func(round int) *exec.Cmd
	}{
		{"bare", func(int) *exec.Cmd { return exec.CommandContext(b.Context(), bare) }},
		{"fake", func(int) *exec.Cmd {
			cmd := exec.CommandContext(b.Context(), self)
			cmd.Env = append(os.Environ(), servesAs+"="+string(asked))
			return cmd
		}},
		{"serve-again", func(int) *exec.Cmd { return serve("again") }},
		{"serve-first", func(round int) *exec.Cmd { return serve("new-" + strconv.Itoa(round)) }},
	}
	costs := make([][]time.Duration, len(runs))
	for round := 0; b.Loop(); round++ {
		for i, run := range runs {
			costs[i] = append(costs[i], untilReady(b, run.cmd(round)))
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, run := range runs {
		cost := median(costs[i])
		b.ReportMetric(cost.Seconds()*1000, "ms-cpu-"+run.name)
		if i > 0 {
			b.ReportMetric(cost.Seconds()/median(costs[0]).Seconds(), "×bare-"+run.name)
		}
	}
}
