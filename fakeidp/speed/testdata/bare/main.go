// Bare is the least that serves HTTP over TLS: what a process costs before it does anything of its own.
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	server := &http.Server{TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	fmt.Println("ready", listener.Addr())
	_ = server.ServeTLS(listener, "", "")
}
