// Package clients shows that OAuth clients which nobody here wrote get certificate-bound tokens from the fake. Each client is
// a file that docs/clients.md shows to users, and a program of a few lines that runs it for the test.
package clients
