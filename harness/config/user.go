package config

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"github.com/mtlscheck/mtlscheck/internal/strict"
)

// A User is who signs in where a grant needs a user.
type User struct {
	Username  string
	Password  string   // for the password grant (RFC 6749 §4.3); empty: the user signs in
	Redirects bool     // the server signs in whoever comes, and redirects
	Command   []string // signs the user in, with the URL to open as its last argument; empty: none
}

// redirects is what sign_in says where no command is needed.
const redirects = "redirects"

// user is the section of that name.
func (l *loader) user(n ast.Node) *User {
	if n == nil {
		return nil
	}
	f := l.Fields(n, "user", "sign_in", "username", "password")
	u := &User{Username: l.Text(f["username"], "user.username")}
	if node := f["password"]; node != nil {
		u.Password = l.secret(node, "user.password")
	}
	const try = "write sign_in: redirects, where the server signs in whoever comes, or the words of a command that signs in: [./sign-in.sh]"
	switch node := f["sign_in"]; {
	case node == nil:
		if f["password"] == nil {
			l.Wrong(n, "user", "add sign_in: redirects, or sign_in: [COMMAND, …], or password: env:NAME", "nothing says how the user signs in")
		}
	case strict.Kind(node) == "a list":
		for i, word := range l.Items(node, "user.sign_in") {
			u.Command = append(u.Command, l.Text(word, "user.sign_in["+strconv.Itoa(i)+"]"))
		}
		if len(u.Command) == 0 {
			l.Wrong(node, "user.sign_in", try, "the list is empty")
		} else if u.Command[0] == "" && len(l.Mistakes.All) == 0 {
			l.Wrong(node, "user.sign_in", try, "the command has no name")
		}
	default:
		if text := l.Text(node, "user.sign_in"); text == redirects {
			u.Redirects = true
		} else if text != "" {
			l.Wrong(node, "user.sign_in", try, "%q is no way to sign in", text)
		}
	}
	switch {
	case f["sign_in"] != nil && f["password"] != nil:
		l.Wrong(f["password"], "user.password", "keep one of the two", "sign_in stands beside password")
	case f["password"] != nil && u.Username == "":
		l.Wrong(n, "user", "add username: NAME", "a password needs a username")
	}
	return u
}
