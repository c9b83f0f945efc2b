// Package soak keeps the fake under fire: any bytes on any socket, thousands of connections that come to nothing, and every fault in
// turn while clients of all kinds ask. After each of them whoever is registered is served, nothing panicked, and no goroutine is left
// behind. The tests make one round; ./task soak goes on for ten minutes under the race detector.
package soak
