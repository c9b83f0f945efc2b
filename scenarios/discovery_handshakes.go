package scenarios

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"syscall"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/harness/suite"
	"github.com/mtlscheck/mtlscheck/harness/wire"
)

// A meeting is what a handshake showed that was begun with an empty hand. What comes after the handshake does not count: an
// alert and a close are as good as an answer.
type meeting struct {
	url    string
	answer suite.Answer
	err    error // the server's certificate does not verify, or nothing came back
}

// meet shakes hands with whoever stands at a URL.
func (w *World) meet(ctx context.Context, u string, changes ...change) meeting {
	q := wire.Question{Person: nobody(), URL: u}
	for _, c := range changes {
		c(&q)
	}
	a, err := w.Meet(ctx, q)
	return meeting{u, a, err}
}

// unclear says why the meeting shows nothing of the server; empty if it does.
func (m meeting) unclear() string {
	switch {
	case wire.Untrusted(m.err):
		return ""
	case m.err != nil:
		return m.err.Error()
	case len(m.answer.TLS.Server) == 0:
		return fmt.Sprintf("%s: %s, before the server showed its certificate", m.url, m.answer)
	}
	return ""
}

// brokenOff reports whether the server ended the handshake before it showed its certificate, with an alert or without.
// Whatever it did not like, it was not the empty hand.
func (m meeting) brokenOff() bool {
	hungUp := errors.Is(m.err, io.EOF) || errors.Is(m.err, io.ErrUnexpectedEOF) || errors.Is(m.err, syscall.ECONNRESET)
	return len(m.answer.TLS.Server) == 0 && !wire.Untrusted(m.err) && (hungUp || m.answer.TLS.Alert != "")
}

// meetAliases meets each host that has an alias and judges the handshake. A meeting that shows nothing is judged last: what
// is broken counts before what could not be found out.
func (w *World) meetAliases(ctx context.Context, document suite.Answer, judge func(meeting) types.GomegaMatcher, changes ...change) {
	ginkgo.GinkgoHelper()
	doors := aliasDoors(document)
	if len(doors) == 0 {
		w.NotApplicable("the metadata name no https alias")
	}
	var last []meeting
	for _, u := range doors {
		m := w.meet(ctx, u, changes...)
		if m.unclear() != "" {
			last = append(last, m)
			continue
		}
		gomega.Expect(m.answer).To(judge(m))
	}
	for _, m := range last {
		gomega.Expect(m.answer).To(judge(m))
	}
}

// aliasDoors are the https URLs among the aliases, one for each host: whatever the path, the handshake is the host's.
func aliasDoors(a suite.Answer) []string {
	var doors, hosts []string
	for _, alias := range aliases(a) {
		u, err := url.Parse(alias)
		if err == nil && u.Scheme == "https" && u.Host != "" && !slices.Contains(hosts, u.Host) {
			doors, hosts = append(doors, alias), append(hosts, u.Host)
		}
	}
	return doors
}

// showTrusted: the server's certificate verifies for the name in the URL.
func showTrusted(m meeting) types.GomegaMatcher {
	return suite.Check("a certificate that is valid for the name in "+m.url, func(suite.Answer) suite.Finding {
		if wire.Untrusted(m.err) {
			return suite.Broken("%s: %v", m.url, m.err)
		}
		if why := m.unclear(); why != "" {
			return suite.Unclear(why)
		}
		return suite.Holds()
	})
}

// askForCertificate: the server asks for a certificate, whatever it then says to who shows none.
func askForCertificate(m meeting) types.GomegaMatcher {
	return suite.Check("a handshake with "+m.url+" in which the server asks for a certificate", func(a suite.Answer) suite.Finding {
		switch why := m.unclear(); {
		case m.err != nil:
			return suite.Unclear(m.err.Error())
		case a.TLS.Asked:
			return suite.Holds()
		case why != "":
			return suite.Unclear(why)
		case a.TLS.AlertPhase == harness.InHandshake:
			return suite.Unclear(m.url + ": " + a.String() + ", before it could ask for a certificate")
		}
		return suite.Broken("a handshake without a request for a certificate")
	})
}

// refuseOldTLS: the alias ends a handshake over this version of TLS, as the server itself does. Both must be there otherwise. What
// both speak is for the server's operator to know, and no matter of the alias.
func (w *World) refuseOldTLS(ctx context.Context, version uint16) func(meeting) types.GomegaMatcher {
	speaks := func(m meeting) bool { return m.answer.TLS.Version == tls.VersionName(version) }
	own, ownNow := w.meet(ctx, w.whereMetadata(), over(version)), w.meet(ctx, w.whereMetadata())
	return func(m meeting) types.GomegaMatcher {
		alive := w.meet(ctx, m.url)
		return suite.Check(fmt.Sprintf("no %s at %s", tls.VersionName(version), m.url), func(suite.Answer) suite.Finding {
			switch {
			case speaks(m) && speaks(own):
				return suite.Tolerated(fmt.Sprintf("both the alias and the server itself speak %s, which RFC 9325 §3.1.1 forbids", tls.VersionName(version)))
			case speaks(m) && ownNow.unclear() != "":
				return suite.Unclear(ownNow.unclear())
			case speaks(m) && own.brokenOff():
				return suite.Broken("a handshake over %s, which the server itself refuses at %s", tls.VersionName(version), own.url)
			case speaks(m):
				return suite.Unclear("whether the server itself speaks it: " + own.unclear())
			case alive.unclear() != "":
				return suite.Unclear(alive.unclear())
			case !m.brokenOff():
				return suite.HoldsAs("no handshake came about: " + m.unclear())
			}
			return suite.Holds()
		})
	}
}
