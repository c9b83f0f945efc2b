package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"github.com/mtlscheck/mtlscheck/internal/strict"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mtlscheck/mtlscheck/fakeidp"
	"github.com/mtlscheck/mtlscheck/harness"
	"github.com/mtlscheck/mtlscheck/internal/builtin"
	"github.com/mtlscheck/mtlscheck/pki"
	"github.com/mtlscheck/mtlscheck/scenarios"
)

// aim says which server is to be judged and by what: the flags that run shares with others. They are what a command line
// that repeats a case has to repeat.
type aim struct {
	issuer  string // the argument with ://
	config  string
	target  string
	fake    string
	broken  []string
	profile string
	trust   string
	product string
	timeout time.Duration
}

// A subject is a server that can be judged: what is known about it, and by what it is judged.
type subject struct {
	setup   scenarios.Setup
	profile harness.Profile
	caFile  string // what the server's certificate verifies against, if that is a file already
	ca      []byte // the same in PEM, if it is none
	close   func() error
}

// resolve finds the subject that the flags mean. It starts the built-in fake if they name no server.
func (a aim) resolve(ctx context.Context, p place) (*subject, error) {
	if err := a.contradictions(); err != nil {
		return nil, err
	}
	s := &subject{close: func() error { return nil }}
	var err error
	switch {
	case a.config != "":
		err = a.configured(ctx, p, s)
	case a.issuer != "":
		err = a.stranger(p, s)
	default:
		err = a.builtIn(s)
	}
	if err != nil {
		return nil, err
	}
	s.setup.Timeout, s.setup.Tool = a.timeout, tool()
	return s, nil
}

// contradictions refuses flags that cannot go together.
func (a aim) contradictions() error {
	faked := a.fake != "" || len(a.broken) > 0
	switch {
	case a.config != "" && faked:
		return usage("leave out --config to judge the built-in fake", "--fake and --broken are about the built-in fake, and --config is about other servers")
	case a.config == "" && a.target != "":
		return usage("name the configuration: --config mtlscheck.yaml --target "+a.target, "--target is about a configuration, and none is named")
	case a.config != "" && (a.trust != "" || a.product != ""):
		return usage("write trust and product into "+a.config, "--trust and --product stand beside --config")
	case a.issuer != "" && faked:
		return usage("leave out the issuer to judge the built-in fake, or --fake and --broken to judge "+a.issuer, "--fake and --broken are about the built-in fake, and the issuer is another server")
	case a.config != "" && a.issuer != "" && a.target != "":
		return usage("keep one of them", "the issuer and --target both name the server")
	case a.issuer == "" && a.trust != "":
		return usage("name the issuer: mtlscheck run https://id.example --trust "+a.trust, "--trust is about a server of yours, and none is named")
	case a.issuer == "" && a.product != "":
		return usage("name the issuer, or use --fake VERSION", "--product is about a server of yours, and none is named")
	}
	return nil
}

// builtIn starts the fake with everybody registered.
func (a aim) builtIn(s *subject) error {
	if err := knownFake(a.fake, a.broken); err != nil {
		return err
	}
	profile, err := profileNamed(a.profile, builtin.DefaultProfile(a.fake))
	if err != nil {
		return err
	}
	instance, err := builtin.Start(builtin.Options{Version: a.fake, Broken: a.broken, Whole: true})
	if err != nil {
		return &failure{code: harness.ExitOurFault, err: fmt.Errorf("the built-in fake does not start: %w", err), try: "run it again; nothing but a free port on the loopback interface is needed"}
	}
	s.setup, s.profile, s.close = instance.Setup(), profile, instance.Close
	s.ca = pki.PEM(s.setup.CA.Certificate().Raw)
	return nil
}

// knownFake refuses a fake that is not built in, and faults that it cannot have. No version is the newest.
func knownFake(version string, faults []string) error {
	if version != "" && !slices.Contains(fakeidp.Versions(), version) {
		try := "choose one of: " + strings.Join(fakeidp.Versions(), ", ")
		if near := didYouMean(version, fakeidp.Versions(), ""); near != "" {
			try = near + " Or " + try
		}
		return usage(try, "there is no built-in fake %q", version)
	}
	for _, name := range faults {
		switch f, ok := fakeidp.FaultNamed(name); {
		case !ok:
			return usage(didYouMean(name, faultNames(), "mtlscheck faults lists them all"), "there is no fault %q", name)
		case !f.Fits(cmp.Or(version, builtin.Latest)):
			return usage("use --fake "+strings.Join(fakesWith(f.Fits), " or ")+"; mtlscheck faults says which server can have which fault", "the fault %s makes no difference at %s", name, cmp.Or(version, builtin.Latest))
		}
	}
	return nil
}

func faultNames() []string {
	var names []string
	for _, f := range fakeidp.Faults() {
		names = append(names, f.Name)
	}
	return names
}

// stranger is a server of which nothing is known but its issuer: nobody is registered there.
func (a aim) stranger(p place, s *subject) error {
	issuer, err := issuerURL(a.issuer)
	if err != nil {
		return err
	}
	// IdentityServer's own rules are asked of IdentityServer only; the RFC's of everybody.
	preset := "rfc8705"
	if a.product == "identityserver" {
		preset = "identityserver"
	}
	if s.profile, err = profileNamed(a.profile, preset); err != nil {
		return err
	}
	s.setup.Target = &harness.Target{Name: issuer, Issuer: issuer, Product: a.product}
	if a.trust == "" {
		return nil
	}
	s.caFile = a.trust
	s.setup.Target.Trust, err = pool(p, a.trust)
	return err
}

// issuerURL checks the argument: an issuer is an https URL without query and fragment (RFC 8414 §2).
func issuerURL(text string) (string, error) {
	const try = "give the issuer as it stands in the discovery document, like https://id.example"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return "", usage(try, "the issuer %q is no URL", harness.Printable(text))
	case u.Scheme != "https":
		return "", usage("mutual TLS needs https; "+try, "the issuer %s is not https", harness.Printable(text))
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", usage(try, "the issuer %s has a query, a fragment or a user name", harness.Printable(u.Redacted()))
	}
	return text, nil // as it is: a slash at its end counts (RFC 8414 §3.3)
}

// pool reads certificates in PEM.
func pool(p place, name string) (*x509.CertPool, error) {
	text, err := strict.ReadFile(p.path(name), 1<<20)
	if err != nil {
		return nil, usage("name a file with the certificate of the CA in PEM", "--trust: %w", err)
	}
	out, found := x509.NewCertPool(), 0
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, usage("openssl x509 -in "+name+" -noout -text says what is in it", "--trust %s: certificate %d: %w", name, found+1, err)
		}
		out.AddCert(cert)
		found++
	}
	if found == 0 {
		return nil, usage("name a file with the certificate of the CA in PEM", "--trust %s holds no certificate in PEM", name)
	}
	return out, nil
}

// profileNamed finds a profile by name, or the preset one for an empty name.
func profileNamed(name, preset string) (harness.Profile, error) {
	if name == "" {
		name = preset
	}
	if p, ok := scenarios.ProfileNamed(name); ok {
		return p, nil
	}
	return harness.Profile{}, usage(didYouMean(name, profileNames(), "choose one of: "+strings.Join(profileNames(), ", ")), "there is no profile %q", name)
}

func profileNames() []string {
	var names []string
	for _, p := range scenarios.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

// again is the command line that repeats one case on the same subject.
func (a aim) again(name string) string {
	return strings.Join(append(append([]string{"mtlscheck", "run"}, a.words()...), shellWord(name)), " ")
}

// words are the arguments that mean this aim, as shell words.
func (a aim) words() []string {
	var out []string
	for _, arg := range a.args() {
		out = append(out, shellWord(arg))
	}
	return out
}

// args are the arguments that mean this aim.
func (a aim) args() []string {
	var out []string
	add := func(flag, value string) {
		if value != "" {
			out = append(out, flag, value)
		}
	}
	if a.issuer != "" {
		out = append(out, a.issuer)
	}
	add("--config", a.config)
	add("--target", a.target)
	add("--fake", a.fake)
	add("--broken", strings.Join(a.broken, ","))
	add("--profile", a.profile)
	add("--trust", a.trust)
	add("--product", a.product)
	if a.timeout > 0 {
		add("--timeout", a.timeout.String())
	}
	return out
}

// shellWord makes a word that a shell gives on unchanged.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-:/=@%,+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// selection reads the arguments of run and list: one with :// is the issuer, any other names what to run.
func selection(args []string) (issuer string, terms []string, err error) {
	for _, arg := range args {
		switch {
		case strings.TrimSpace(arg) == "":
			return "", nil, usage("leave it out to mean every case; was a variable of the shell empty?", "an argument is empty")
		case !strings.Contains(arg, "://"):
			terms = append(terms, arg)
		case issuer != "":
			return "", nil, usage("run mtlscheck once for each", "two issuers are given: %s and %s", issuer, arg)
		default:
			issuer = arg
		}
	}
	return issuer, terms, nil
}

// levels reads --level.
func levels(names []string) ([]harness.Level, error) {
	var out []harness.Level
	var mistakes []error
	for _, name := range names {
		if err := oneOf("--level", name, string(harness.Must), string(harness.Should), string(harness.May)); err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		out = append(out, harness.Level(name))
	}
	return out, errors.Join(mistakes...)
}
