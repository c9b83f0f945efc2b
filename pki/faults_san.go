package pki

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mtlscheck/mtlscheck/pki/dn"
	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// The context tags of general names that the faults edit (RFC 5280 §4.2.1.6).
const (
	emailName = 1
	dnsName   = 2
	uriName   = 6
	ipName    = 7
)

// WithNames is the value of Fault.Like for faults of subject alternative names: the good twin has one of each kind, as the
// identity san of Init has, and is registered by one of them.
const WithNames = "san"

// sanFaults are subject alternative names that resemble the registered one (RFC 8705 §2.1.2).
func sanFaults() []Fault {
	var out []Fault
	for _, row := range sanRows() {
		f := Fault{
			Name: row.name, Code: row.code, Doc: row.doc, Like: WithNames, Traits: []Trait{row.trait}, Differs: []trait.Part{trait.PartExtensions},
			Expect: Expect{row.server, GoAccepts, 0}, Refs: row.refs, Registered: row.registered,
		}
		if row.unreadable {
			f.Expect.Go = GoDoesNotParse
		}
		if row.subject {
			f.Differs = append(f.Differs, trait.PartSubject)
		}
		out = append(out, f)
	}
	return out
}

type sanRow struct {
	name, code, doc string
	trait           Trait
	server          Verdict
	refs            []string
	registered      bool // the twin itself is to be registered
	unreadable      bool // Go refuses to parse it
	subject         bool // the subject differs too
}

func sanRows() []sanRow {
	rule := []string{"RFC 8705 §2.1.2"}
	dnsRule, uriRule, mailRule := []string{"RFC 5280 §7.2"}, []string{"RFC 5280 §7.4"}, []string{"RFC 5280 §7.5"}
	return []sanRow{
		{name: "dns-other-case", code: "C-DNSCASE", doc: "The DNS name in capital letters.", trait: editNames(dnsName, one(strings.ToUpper)), server: Accept, refs: dnsRule},
		{name: "dns-wildcard", code: "C-DNSWILD", doc: "A wildcard whose pattern the registered DNS name fits.", trait: editNames(dnsName, one(wildcard)), server: Refuse, refs: rule},
		{name: "dns-in-cn", code: "C-DNSCN", doc: "The DNS name as common name, and no DNS name.", trait: dnsAsCN, server: Refuse, refs: rule, subject: true},
		{name: "dns-below", code: "C-DNSSUB", doc: "A DNS name below the registered one.", trait: editNames(dnsName, one(func(s string) string { return "x." + s })), server: Refuse, refs: rule},
		{name: "dns-above", code: "C-DNSPAR", doc: "The DNS name above the registered one.", trait: editNames(dnsName, one(above)), server: Refuse, refs: rule},
		{name: "dns-dot", code: "C-DNSDOT", doc: "The DNS name with a dot at its end.", trait: editNames(dnsName, one(func(s string) string { return s + "." })), server: Either, refs: dnsRule},
		{name: "dns-international", code: "C-DNSIDN", doc: "An international DNS name in its xn-- form.", trait: editNames(dnsName, one(func(string) string { return "xn--bcher-kva.example" })), server: Accept, refs: dnsRule, registered: true},
		{name: "dns-nul", code: "C-NULDNS", doc: "The DNS name, a NUL, and more.", trait: editNames(dnsName, one(func(s string) string { return s + "\x00.evil" })), server: Refuse, refs: []string{"RFC 8705 §7.5", "CVE-2009-2408"}},
		{name: "dns-last-of-ten", code: "C-MULTISAN", doc: "Ten DNS names, the registered one last.", trait: editNames(dnsName, nineBefore), server: Accept, refs: rule},
		{name: "dns-in-other-types", code: "C-SANTYPE", doc: "The DNS name as URI, e-mail address, directory name and other name, and not as DNS name.", trait: inOtherTypes, server: Refuse, refs: rule},
		{name: "uri-spelling", code: "C-URINORM", doc: "The URI with scheme and host in capital letters.", trait: editNames(uriName, one(capitalURI)), server: Either, refs: uriRule},
		{name: "uri-longer", code: "C-URIPFX", doc: "A URI that begins with the registered one.", trait: editNames(uriName, one(func(s string) string { return s + "/more" })), server: Refuse, refs: uriRule},
		{name: "uri-path-case", code: "C-URICASE", doc: "The path of the URI in capital letters.", trait: editNames(uriName, changeURI(func(u *url.URL) { u.Path = strings.ToUpper(u.Path) })), server: Refuse, refs: uriRule},
		{name: "uri-host-longer", code: "C-URIHOST", doc: "The host of the URI with .evil at its end.", trait: editNames(uriName, changeURI(func(u *url.URL) { u.Host += ".evil" })), server: Refuse, refs: uriRule},
		{name: "uri-user", code: "C-URIUSER", doc: "The registered host as user of another host.", trait: editNames(uriName, changeURI(func(u *url.URL) { u.User, u.Host = url.User(u.Host), "evil" })), server: Refuse, refs: uriRule},
		{name: "uri-dots", code: "C-URIDOT", doc: "A path that becomes the registered one when its dots are resolved.", trait: editNames(uriName, changeURI(func(u *url.URL) { u.Path = "/x/.." + u.Path })), server: Either, refs: uriRule},
		{name: "ip-mapped", code: "C-IP4MAP", doc: "The IPv4 address as IPv4-mapped IPv6 address of 16 octets.", trait: editNames(ipName, mapped), server: Refuse, refs: rule},
		{name: "ip-as-dns", code: "C-IPDNS", doc: "The IP address as text in a DNS name.", trait: ipAsDNS, server: Refuse, refs: rule},
		{name: "ip-with-mask", code: "C-IP8", doc: "An IP address of eight octets: address and mask.", trait: editNames(ipName, masked), server: Refuse, refs: []string{"RFC 5280 §4.2.1.6"}, unreadable: true},
		{name: "mail-host-case", code: "C-MAILHOST", doc: "The host of the e-mail address in capital letters.", trait: editNames(emailName, one(mailHost)), server: Accept, refs: mailRule},
		{name: "mail-local-case", code: "C-MAILLOCAL", doc: "The local part of the e-mail address in capital letters.", trait: editNames(emailName, one(mailLocal)), server: Refuse, refs: mailRule},
		{name: "mail-as-other-name", code: "C-OTHER", doc: "The e-mail address as user principal name, and no e-mail address.", trait: mailAsOther, server: Refuse, refs: append([]string{"CVE-2025-66220"}, rule...)},
		{name: "no-names", code: "C-DNONLY", doc: "No subject alternative name at all, and the right subject.", trait: trait.NoNames, server: Refuse, refs: rule},
	}
}

// editNames replaces the first general name of a kind by others.
func editNames(tag int, edit func([]byte) ([]trait.GeneralName, error)) Trait {
	return func(d *trait.Draft) {
		i := slices.IndexFunc(d.Names, func(n trait.GeneralName) bool { return n.Tag == tag })
		if i < 0 {
			d.Fail(fmt.Errorf("this fault needs a certificate with a subject alternative name of type %d", tag))
			return
		}
		other, err := edit(d.Names[i].Bytes)
		d.Fail(err)
		for j := range other {
			if other[j].Tag == 0 {
				other[j].Tag = tag
			}
		}
		d.Names = slices.Concat(d.Names[:i], other, d.Names[i+1:])
	}
}

// one edits the text of a name and keeps its kind.
func one(edit func(string) string) func([]byte) ([]trait.GeneralName, error) {
	return func(b []byte) ([]trait.GeneralName, error) {
		return []trait.GeneralName{{Bytes: []byte(edit(string(b)))}}, nil
	}
}

func wildcard(name string) string { return "*." + above(name) }

func above(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	return rest
}

func nineBefore(b []byte) ([]trait.GeneralName, error) {
	var out []trait.GeneralName
	for i := range 9 {
		out = append(out, trait.GeneralName{Bytes: fmt.Appendf(nil, "other-%d.example", i+1)})
	}
	return append(out, trait.GeneralName{Bytes: b}), nil
}

func dnsAsCN(d *trait.Draft) {
	editNames(dnsName, func(b []byte) ([]trait.GeneralName, error) {
		editValue("CN", always(func(string) string { return string(b) }))(d)
		return nil, nil
	})(d)
}

func inOtherTypes(d *trait.Draft) {
	var text string
	editNames(dnsName, func(b []byte) ([]trait.GeneralName, error) {
		text = string(b)
		return []trait.GeneralName{{Tag: uriName, Bytes: b}, {Tag: emailName, Bytes: b}}, nil
	})(d)
	cn, err := dn.Of("CN", dn.UTF8, text)
	d.Fail(err)
	name, err := dn.New(dn.RDN{cn})
	d.Fail(err)
	trait.RawName(4, name.DER())(d)
	trait.OtherName(userPrincipalName(), text)(d)
}

// userPrincipalName is Microsoft's otherName for the name of a user.
func userPrincipalName() []int { return []int{1, 3, 6, 1, 4, 1, 311, 20, 2, 3} }

func mailAsOther(d *trait.Draft) {
	editNames(emailName, func(b []byte) ([]trait.GeneralName, error) {
		trait.OtherName(userPrincipalName(), string(b))(d)
		return nil, nil
	})(d)
}

func capitalURI(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	host, path, more := strings.Cut(rest, "/")
	out := strings.ToUpper(scheme) + "://" + strings.ToUpper(host)
	if more {
		out += "/" + path
	}
	return out
}

func changeURI(edit func(*url.URL)) func([]byte) ([]trait.GeneralName, error) {
	return func(b []byte) ([]trait.GeneralName, error) {
		u, err := url.Parse(string(b))
		if err != nil {
			return nil, err
		}
		edit(u)
		if u.String() == string(b) {
			return nil, errors.New("this fault needs a URI with a path that has small letters")
		}
		return []trait.GeneralName{{Bytes: []byte(u.String())}}, nil
	}
}

func mapped(b []byte) ([]trait.GeneralName, error) {
	if len(b) != 4 {
		return nil, errors.New("this fault needs an IPv4 address")
	}
	return []trait.GeneralName{{Bytes: append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, b...)}}, nil
}

func masked(b []byte) ([]trait.GeneralName, error) {
	if len(b) != 4 {
		return nil, errors.New("this fault needs an IPv4 address")
	}
	return []trait.GeneralName{{Bytes: append(slices.Clone(b), 255, 255, 255, 255)}}, nil
}

func ipAsDNS(d *trait.Draft) {
	editNames(ipName, func(b []byte) ([]trait.GeneralName, error) {
		if len(b) != 4 {
			return nil, errors.New("this fault needs an IPv4 address")
		}
		return []trait.GeneralName{{Tag: dnsName, Bytes: fmt.Appendf(nil, "%d.%d.%d.%d", b[0], b[1], b[2], b[3])}}, nil
	})(d)
}

func mailHost(text string) string {
	local, host, _ := strings.Cut(text, "@")
	return local + "@" + strings.ToUpper(host)
}

func mailLocal(text string) string {
	local, host, _ := strings.Cut(text, "@")
	return strings.ToUpper(local) + "@" + host
}
