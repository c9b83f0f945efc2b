package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// portOf refuses an address whose port no address can have. A name of a service (https) is left to the system.
func portOf(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address with a port", address)
	}
	if n, err := strconv.Atoi(port); err == nil && (n < 0 || n > 65535) {
		return fmt.Errorf("%s is no port: ports go from 0 to 65535", port)
	}
	return nil
}

// unheard says in words why a server cannot listen on an address. It is nil where the error is of something else.
func unheard(address string, err error) error {
	var at *net.OpError
	var dns *net.DNSError
	host, _, _ := net.SplitHostPort(address)
	switch {
	case errors.As(err, &dns):
		return fmt.Errorf("there is no host or port %s", strings.TrimPrefix(dns.Name, "tcp/"))
	case !errors.As(err, &at):
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("somebody listens on %s already", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s is no address of this machine", host)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("the system does not let you listen on %s", address)
	}
	return fmt.Errorf("nobody can listen on %s: %w", address, at.Err)
}

// unanswered says in words why a server shows nothing.
func unanswered(address string, err error) error {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return fmt.Errorf("the host %s does not resolve", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nobody listens at %s", address)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%s gave no answer in time", address)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%s closed the connection before it showed a certificate", address)
	}
	return fmt.Errorf("%s: %w", address, err)
}
