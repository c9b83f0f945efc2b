package main

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/internal/builtin"
)

// listened is the address that the server listens on where its host names do not lead there: they are localhost, and hosts below it.
// It is nil for 127.0.0.1, for all addresses and for localhost itself.
func (s *serving) listened() net.IP {
	at, err := net.ResolveTCPAddr("tcp", s.listen)
	if err != nil || at.IP == nil || at.IP.IsUnspecified() || at.Zone != "" || at.IP.Equal(net.IPv4(127, 0, 0, 1)) || strings.HasPrefix(s.listen, "localhost:") {
		return nil
	}
	return at.IP
}

// found says where the hosts of the server's URLs are, for clients that would not find them, as in the configuration's resolve.
func (s *serving) found(i *builtin.Instance) map[string]string {
	out := maps.Clone(i.Setup().Target.Resolve)
	at := s.listened()
	if at == nil {
		return out
	}
	for host := range out {
		out[host] = at.String()
	}
	for _, base := range []string{i.Server.Issuer(), i.Server.MTLSURL} {
		if u, err := url.Parse(base); err == nil && out[u.Hostname()] == "" {
			out[u.Host] = at.String()
		}
	}
	return out
}

// resolveLine is that map in a configuration.
func resolveLine(found map[string]string) string {
	var entries []string
	for _, host := range slices.Sorted(maps.Keys(found)) {
		entries = append(entries, fmt.Sprintf("%q: %q", host, found[host]))
	}
	return "    resolve: {" + strings.Join(entries, ", ") + "}\n"
}

// curlResolve is what curl --resolve wants for the host of a URL: HOST:PORT:ADDRESS. It is empty where curl finds the host.
func curlResolve(base string, found map[string]string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	for _, host := range []string{u.Host, u.Hostname()} {
		if at := found[host]; at != "" {
			if strings.Contains(at, ":") {
				at = "[" + at + "]"
			}
			return u.Host + ":" + at
		}
	}
	return ""
}
