package soak_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
)

// TestSlowClients: whoever takes its time is served in the end, hinders nobody meanwhile, and leaves nothing behind if it never ends.
func TestSlowClients(t *testing.T) {
	defer nobodyIsLeft(t)
	for _, version := range []string{"7.4", "rfc8705"} {
		s := newStage(t, version)
		var slow []*tls.Conn
		whole := s.aimed(post(form))
		for i := range 40 {
			c, err := s.raw(patience, s.alice, "http/1.1")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, whole[:1+i*(len(whole)-2)/40]); err != nil {
				t.Fatal(err)
			}
			slow = append(slow, c)
		}
		idle, err := net.DialTimeout("tcp", s.door(), patience) // no handshake at all
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
		s.serves("forty began")
		for i, c := range slow[:20] {
			for _, b := range []byte(whole[1+i*(len(whole)-2)/40:]) {
				if _, err := c.Write([]byte{b}); err != nil {
					t.Fatal(err)
				}
			}
			line, err := bufio.NewReader(c).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, "HTTP/1.1 200") {
				t.Errorf("%s: slow client %d got %q, %v", version, i, line, err)
			}
		}
		s.serves("twenty went on")
		closed := make(chan struct{})
		go func() { // Close ends those who never went on
			s.leave()
			close(closed)
		}()
		select {
		case <-closed:
		case <-time.After(patience):
			t.Fatal("Close waits for slow clients")
		}
	}
}

// TestStalledAndLeft: a server that never answers notices that a client left in the middle of its request.
func TestStalledAndLeft(t *testing.T) {
	defer nobodyIsLeft(t)
	stalls, ok := fakeidp.FaultNamed("stalls")
	if !ok {
		t.Fatal("there is no stalls")
	}
	s := newStage(t, "7.4")
	if err := s.idp.Break(fakeidp.Limit{}, stalls); err != nil {
		t.Fatal(err)
	}
	chunked := strings.Replace(post(""), "Content-Length: 0", "Transfer-Encoding: chunked", 1)
	for n, text := range []string{post(form), strings.Replace(post(form), "Content-Length: ", "Content-Length: 1", 1), chunked + "no size\r\n"} {
		c, err := s.raw(patience, s.alice, "http/1.1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, s.aimed(text)); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if _, err := s.idp.WaitFor(t.Context(), n+1, fakeidp.Match{}); err != nil {
			t.Fatal(err)
		}
	}
	s.leave()
}
