package pki

import (
	"fmt"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// editName changes the subject as a list of parts in encoding order.
func editName(edit func([]dn.RDN) ([]dn.RDN, error)) Trait {
	return func(d *trait.Draft) {
		rdns, err := edit(d.Subject.RDNs())
		if err != nil {
			d.Fail(fmt.Errorf("subject %s: %w", d.Subject, err))
			return
		}
		name, err := dn.New(rdns...)
		d.Fail(err)
		d.Subject = name
	}
}

// oidOf are the attribute types that the faults edit.
func oidOf(kind string) string {
	return map[string]string{"CN": "2.5.4.3", "C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11"}[kind]
}

// editValue changes the text of the first attribute of a type. Where the new text does not fit the string type, the value
// becomes a UTF8String.
func editValue(kind string, edit func(string) (string, error)) Trait {
	return editName(func(rdns []dn.RDN) ([]dn.RDN, error) {
		for _, rdn := range rdns {
			for j, a := range rdn {
				if a.Type != oidOf(kind) {
					continue
				}
				v, err := rewrite(a.Value, edit)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", kind, err)
				}
				rdn[j].Value = v
				return rdns, nil
			}
		}
		return nil, fmt.Errorf("this fault needs a subject with %s", kind)
	})
}

func rewrite(v dn.Value, edit func(string) (string, error)) (dn.Value, error) {
	text, ok := v.Text()
	if !ok {
		return v, fmt.Errorf("the value is no text")
	}
	text, err := edit(text)
	if err != nil {
		return v, err
	}
	if same, err := dn.Text(v.Tag, text); err == nil {
		return same, nil
	}
	return dn.Text(dn.UTF8, text)
}

// always is an edit that cannot fail.
func always(edit func(string) string) func(string) (string, error) {
	return func(s string) (string, error) { return edit(s), nil }
}

// part makes a part of one UTF8String.
func part(kind, text string) (dn.RDN, error) {
	a, err := dn.Of(kind, dn.UTF8, text)
	return dn.RDN{a}, err
}

// recoded writes every text of the subject in one string type.
func recoded(tag byte) Trait {
	return func(d *trait.Draft) {
		name, err := d.Subject.As(tag)
		d.Fail(err)
		d.Subject = name
	}
}

// replacing replaces text, and fails where there is nothing to replace.
func replacing(old, by string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !strings.Contains(s, old) {
			return "", fmt.Errorf("this fault needs a value with %q in it", old)
		}
		return strings.Replace(s, old, by, 1), nil
	}
}
