package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"syscall"
	"time"
)

// prepare finds out whether what the server is to write can be written, before anything is made, and takes its folder.
func (s *serving) prepare(ctx context.Context, p place) (*folder, error) {
	told, err := s.stale(p)
	if err != nil {
		return nil, err
	}
	alive := answers(ctx, told)
	dir, err := s.hold(p)
	if s.ready != "" && !alive && (!errors.Is(err, errInUse) || !dir.tellsOf(p, told)) {
		// It is of a server that was killed, and must not tell anybody that this one is ready.
		if unremoved := p.remove(p.path(s.ready), nil); unremoved != nil {
			err = errors.Join(err, unready(unremoved))
		}
	}
	if err == nil && alive {
		err = usage("choose another name with --ready-file, or end that server", "%s is the ready file of a server that answers: %s", s.ready, told["issuer"])
	}
	if err == nil && s.ready != "" {
		err = dir.takes(p.path(s.ready))
		if err == nil {
			err = p.writable(p.path(s.ready))
		}
		if err != nil {
			err = unready(err)
		}
	}
	if err != nil && dir != nil {
		err = errors.Join(err, dir.leave(false))
	}
	return dir, err
}

// stale is what the ready file of an earlier server tells, if there is one; a file of somebody else is an error.
func (s *serving) stale(p place) (map[string]string, error) {
	if s.ready == "" {
		return nil, nil
	}
	text, err := readyFile(p.path(s.ready))
	if err != nil {
		return nil, nil //nolint:nilerr // there is none, or it will turn out that it cannot be written
	}
	told, ours := readyText(text)
	if !ours {
		return nil, usage("choose another name with --ready-file, or move that file away", "%s is there, and is no ready file", s.ready)
	}
	return told, nil
}

// cutOff is how a ready file begins of which the end is missing. It tells nothing.
var cutOff = regexp.MustCompile(`^\{"issuer":"https://[^"\s]*","token_endpoint":"https://[^"\s]*`)

// readyText is what a text tells, if it is that of a ready file. Every discovery document begins like one.
func readyText(text []byte) (told map[string]string, ours bool) {
	var is map[string]any
	if err := json.Unmarshal(text, &is); err != nil {
		return nil, !json.Valid(text) && bytes.Count(text, []byte("\n")) == 0 && cutOff.Match(text)
	}
	told = map[string]string{}
	for name, value := range is {
		if text, ok := value.(string); ok {
			told[name] = text
		}
	}
	for _, name := range []string{"issuer", "token_endpoint", "admin", "config", "key"} {
		if _, ok := told[name]; !ok {
			return nil, false
		}
	}
	return told, true
}

// answers tells whether the server of a ready file is alive. One without an administration cannot be asked.
func answers(ctx context.Context, told map[string]string) bool {
	if !near(told["admin"]) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second) // it is on this machine
	defer cancel()
	question, err := http.NewRequestWithContext(ctx, http.MethodGet, told["admin"]+"/health", nil)
	if err != nil {
		return false
	}
	client := nearClient()
	defer client.CloseIdleConnections()
	answer, err := client.Do(question)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	var its struct{ Issuer string }
	err = json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&its)
	return err == nil && its.Issuer == told["issuer"]
}

// nearClient asks servers of this machine alone, and directly: what stands in a file may be an address of anybody.
func nearClient() *http.Client {
	dialer := &net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !to.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("%s is not on loopback", address)
		}
		return nil
	}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// near tells, without asking anybody, whether an address is on this machine.
func near(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// readyFile is what a regular file has in it; an empty one, such as of mktemp, has nothing that could be lost.
func readyFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() == 0:
		return nil, os.ErrNotExist
	}
	return os.ReadFile(path)
}

func unready(err error) error {
	return usage("choose a file in a folder that can be written", "--ready-file: %w", err)
}
