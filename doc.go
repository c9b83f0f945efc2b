// Package mtlscheck is the root of the module and holds no code, only the tests that look at the whole house: who imports
// whom, and whether the README tells the truth. The command is cmd/mtlscheck; the libraries are pki, fakeidp, harness and
// scenarios.
package mtlscheck
