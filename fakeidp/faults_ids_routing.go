package fakeidp

import (
	"net/http"
	"strings"
)

// seeing makes a fault that sees requests otherwise than they are.
func seeing(name, doc string, sees func(d *decision)) Fault {
	return Fault{name, doc, func(p *persona) {
		before := p.rules.sees
		p.rules.sees = func(d *decision) { before(d); sees(d) }
	}}
}

// concluding makes a fault that ends in another outcome.
func concluding(name, doc string, concludes func(d *decision, o outcome) outcome) Fault {
	return Fault{name, doc, func(p *persona) {
		before := p.rules.concludes
		p.rules.concludes = func(d *decision, o outcome) outcome { return concludes(d, before(d, o)) }
	}}
}

// guarding makes a fault that finds the mTLS requests in another way; right is how it is done rightly.
func guarding(name, doc string, routes func(d *decision) (string, bool)) Fault {
	return Fault{name, doc, func(p *persona) { p.rules.routesMTLS = routes }}
}

// last makes a fault that changes finished answers.
func last(name, doc string, change func(o outcome, p response) response) Fault {
	return Fault{name, doc, func(who *persona) {
		before := who.renderings.last
		who.renderings.last = func(r *renderer, o outcome, p response) response { return change(o, before(r, o, p)) }
	}}
}

// routingFaults are mistakes in which requests stand behind the door for certificates.
func routingFaults() []Fault {
	const door = "/connect/mtls"
	return []Fault{
		guarding("ids-door-by-exact-case", "The path of the door is compared letter by letter.", func(d *decision) (string, bool) {
			path, guarded := routesMTLS(d)
			if d.domainName == "" && !strings.HasPrefix(d.path, door) {
				return d.path, false
			}
			return path, guarded
		}),
		seeing("ids-ignores-trailing-slash", "A slash at the end of a path is ignored.", func(d *decision) { d.path = strings.TrimSuffix(d.path, "/") }),
		seeing("ids-token-endpoint-at-the-prefix", "The prefix of the door leads to the token endpoint.", func(d *decision) {
			if d.path == door {
				d.path += "/token"
			}
		}),
		guarding("ids-door-for-known-paths", "Only paths that are there stand behind the door.", func(d *decision) (string, bool) {
			path, guarded := routesMTLS(d)
			_, known := identityServerEndpoints()[path]
			return path, guarded && known
		}),
		concluding("ids-unknown-paths-forbidden", "What is not there is forbidden instead of not found.", func(_ *decision, o outcome) outcome {
			if _, nothing := o.(notMine); nothing {
				return emptyAnswer{http.StatusForbidden}
			}
			return o
		}),
		guarding("ids-door-by-prefix", "Every path that begins like the prefix stands behind the door.", func(d *decision) (string, bool) {
			if d.domainName == "" && strings.HasPrefix(d.path, door) && !strings.HasPrefix(d.path, door+"/") {
				return d.path, true
			}
			return routesMTLS(d)
		}),
		concluding("ids-token-endpoint-405", "The token endpoint answers 405 to methods other than POST.", func(d *decision, o outcome) outcome {
			if _, refuses := o.(refused); refuses && d.at == tokenEndpoint && d.method != http.MethodPost {
				return emptyAnswer{http.StatusMethodNotAllowed}
			}
			return o
		}),
		guarding("ids-door-for-post", "The door is shut to POST alone.", func(d *decision) (string, bool) {
			path, guarded := routesMTLS(d)
			return path, guarded && d.method == http.MethodPost
		}),
		seeing("ids-door-beside-the-domain", "The path /connect/mtls is a door even where a domain name is set.", func(d *decision) {
			if rest, found := strings.CutPrefix(d.path, door+"/"); found && d.domainName != "" {
				d.path = "/connect/" + rest
			}
		}),
		guarding("ids-sub-domain-guards-tokens", "On the sub-domain only the token endpoint stands behind the door.", func(d *decision) (string, bool) {
			path, guarded := routesMTLS(d)
			return path, guarded && strings.HasPrefix(path, "/connect/")
		}),
		concluding("ids-sub-domain-by-exact-case", "A sub-domain in other letters is another host, where nothing is.", func(d *decision, o outcome) outcome {
			if d.guarded && d.domainName != "" && !strings.HasPrefix(d.host, d.domainName) {
				return notMine{}
			}
			return o
		}),
		guarding("ids-main-host-behind-the-door", "The token endpoint of the main host stands behind the door, too.", func(d *decision) (string, bool) {
			path, guarded := routesMTLS(d)
			return path, guarded || path == "/connect/token"
		}),
		guarding("ids-domain-ignores-the-port", "The port of the other domain is not compared.", func(d *decision) (string, bool) {
			path, guarded := routesMTLS(d)
			return path, guarded || d.domainName != "" && strings.EqualFold(d.hostname(), hostOf(d.domainName))
		}),
		last("ids-offers-cors", "Every answer allows every origin.", func(_ outcome, p response) response {
			p.headers = append(p.headers, [2]string{"Access-Control-Allow-Origin", "*"})
			return p
		}),
		last("ids-door-forbids-caching", "The answer at the door carries cache headers.", func(o outcome, p response) response {
			if _, shut := o.(doorShut); shut {
				p.headers = append(p.headers, forbidCaches()...)
			}
			return p
		}),
		last("ids-door-says-nothing", "The door answers 401 without a body.", func(o outcome, p response) response {
			if _, shut := o.(doorShut); shut {
				return response{status: http.StatusUnauthorized}
			}
			return p
		}),
		{"ids-no-door", "The endpoints behind the door are open to every certificate, and to none.", func(p *persona) {
			p.rules.admits = func(*decision) bool { return true }
		}},
		{"ids-serves-who-shows-nothing", "A client that shows no certificate at the door is served like a public one.", func(p *persona) {
			p.rules.needsNoSecret = func(*Client) bool { return false }
			p.rules.concludes = func(d *decision, o outcome) outcome {
				client := d.clients[formOf(d).first("client_id")]
				if _, shut := o.(doorShut); !shut || d.certificate() != nil || client == nil {
					return o
				}
				return d.issue(&caller{client: client, anonymous: true}, d.newToken(&caller{client: client, anonymous: true}, client.Scopes), client.Scopes)
			}
		}},
	}
}

// formOf is the form of a request, nil if it has none or none that can be read.
func formOf(d *decision) *form {
	f, err := d.readForm()
	if err != nil {
		return nil
	}
	return f
}
