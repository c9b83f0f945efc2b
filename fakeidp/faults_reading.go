package fakeidp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"net"
	"slices"
)

// readingFaults are about certificates that Go, and most others, do not even read.
func readingFaults() []Fault {
	reading := func(name, doc string, repair func(der []byte) []byte) Fault {
		return lenient(name, doc, func(l *lenience) { l.repairs = append(l.repairs, repair) })
	}
	return []Fault{
		{"trusts-spoofed-curves", "A root that is sent is trusted for its public key, and the generator of its curve is what it says (CVE-2020-0601).", func(p *persona) {
			p.lenient(func(l *lenience) { l.drops = true })
			right := p.rules.signed
			p.rules.signed = func(issuer, c *x509.Certificate) bool { return right(issuer, c) || spoofed(issuer, c) }
		}},
		reading("takes-doubled-extensions", "Of an extension that stands twice in a certificate the first counts.", editTBS(func(list []asn1.RawValue) []asn1.RawValue {
			seen := map[string]bool{}
			return slices.DeleteFunc(list, func(e asn1.RawValue) bool {
				id := string(firstOf(e.Bytes))
				again := seen[id]
				seen[id] = true
				return again
			})
		})),
		reading("takes-two-algorithms", "The signature algorithm outside the signed part of a certificate is not compared with the one inside.", func(der []byte) []byte {
			parts := threeOf(der)
			if parts == nil {
				return nil
			}
			inside := values(parts[0].Bytes)
			const versionSerialAlgorithm = 3
			if len(inside) < versionSerialAlgorithm {
				return nil
			}
			parts[1] = inside[versionSerialAlgorithm-1]
			return sequence(parts)
		}),
		reading("takes-ber", "A certificate in BER is taken, and what stands behind it is passed over.", asDER),
		lenient("turns-ber-into-der", "A certificate in BER is turned into DER, and the token is bound to that.", func(l *lenience) {
			l.repairs, l.hashesRepaired = append(l.repairs, asDER), true
		}),
		reading("takes-address-ranges", "Of an IP address with a mask in a certificate the address counts.", editTBS(func(list []asn1.RawValue) []asn1.RawValue {
			for i, e := range list {
				list[i] = withoutMasks(e)
			}
			return list
		})),
		lenient("believes-stolen-certificates", "The signature with which a client proves that it has the key of its certificate is not verified.", func(l *lenience) { l.unproved = true }),
	}
}

// asDER is the DER that a certificate with another header could be.
func asDER(der []byte) []byte { return sequence(values(outermost(der))) }

// values are the elements that stand one after another, nil where they cannot be told apart.
func values(content []byte) []asn1.RawValue {
	var out []asn1.RawValue
	for len(content) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(content, &v)
		if err != nil {
			return nil
		}
		out, content = append(out, v), rest
	}
	return out
}

// threeOf are the signed part, the algorithm and the signature of a certificate in DER, nil if it is none.
func threeOf(der []byte) []asn1.RawValue {
	if whole := values(der); len(whole) == 1 {
		if parts := values(whole[0].Bytes); len(parts) == 3 {
			return parts
		}
	}
	return nil
}

// sequence is a SEQUENCE of elements in DER, nil if there are none.
func sequence(list []asn1.RawValue) []byte {
	if len(list) == 0 {
		return nil
	}
	return wrapped(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSequence, IsCompound: true}, list)
}

// wrapped gives a value other contents.
func wrapped(v asn1.RawValue, list []asn1.RawValue) []byte {
	v.FullBytes, v.Bytes = nil, nil
	for _, e := range list {
		v.Bytes = append(v.Bytes, e.FullBytes...)
	}
	der, err := asn1.Marshal(v)
	if err != nil {
		return nil
	}
	return der
}

// editTBS makes a repair that edits the extensions of a certificate.
func editTBS(edit func([]asn1.RawValue) []asn1.RawValue) func(der []byte) []byte {
	return func(der []byte) []byte {
		parts := threeOf(der)
		if parts == nil {
			return nil
		}
		tbs := values(parts[0].Bytes)
		for i, v := range tbs {
			const extensions = 3
			if v.Class != asn1.ClassContextSpecific || v.Tag != extensions {
				continue
			}
			list := sequence(edit(values(outermost(v.Bytes))))
			tbs[i].FullBytes = wrapped(v, []asn1.RawValue{{FullBytes: list}})
			parts[0].FullBytes = sequence(tbs)
			return sequence(parts)
		}
		return nil
	}
}

// withoutMasks cuts addresses with masks in a subject alternative name in half; any other extension stays.
func withoutMasks(e asn1.RawValue) asn1.RawValue {
	parts := values(e.Bytes)
	var id asn1.ObjectIdentifier
	if len(parts) < 2 {
		return e
	}
	if _, err := asn1.Unmarshal(parts[0].FullBytes, &id); err != nil || !id.Equal(oidAlternativeName) {
		return e
	}
	last := &parts[len(parts)-1]
	names := values(outermost(last.Bytes))
	for i, n := range names {
		const address = 7
		if n.Tag == address && (len(n.Bytes) == 2*net.IPv4len || len(n.Bytes) == 2*net.IPv6len) {
			n.FullBytes, n.Bytes = nil, n.Bytes[:len(n.Bytes)/2]
			names[i].FullBytes, _ = asn1.Marshal(n)
		}
	}
	last.FullBytes, _ = asn1.Marshal(sequence(names))
	e.FullBytes = sequence(parts)
	return e
}

// spoofed tells whether the signature of a certificate verifies on the issuer's curve with the issuer's public key as the generator.
// Anybody can sign so: the private key is then 1.
func spoofed(issuer, c *x509.Certificate) bool {
	public, ok := issuer.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return false
	}
	point, err := public.ECDH()
	var signature struct{ R, S *big.Int }
	rest, err2 := asn1.Unmarshal(c.Signature, &signature)
	hash, known := map[x509.SignatureAlgorithm]crypto.Hash{x509.ECDSAWithSHA256: crypto.SHA256, x509.ECDSAWithSHA384: crypto.SHA384, x509.ECDSAWithSHA512: crypto.SHA512}[c.SignatureAlgorithm]
	n := public.Params().N
	if err != nil || err2 != nil || len(rest) > 0 || !known || signature.S.Sign() <= 0 || signature.S.Cmp(n) >= 0 {
		return false
	}
	sum := hash.New()
	sum.Write(c.RawTBSCertificate)
	e := new(big.Int).SetBytes(sum.Sum(nil))
	if surplus := 8*hash.Size() - n.BitLen(); surplus > 0 {
		e.Rsh(e, uint(surplus))
	}
	// With generator and public key the same point, the two halves of the verification are one product: (e + r) / s times it.
	k := e.Add(e, signature.R)
	k.Mul(k, new(big.Int).ModInverse(signature.S, n)).Mod(k, n)
	scalar, err := point.Curve().NewPrivateKey(k.FillBytes(make([]byte, (n.BitLen()+7)/8)))
	if err != nil {
		return false
	}
	x, err := scalar.ECDH(point)
	return err == nil && new(big.Int).Mod(new(big.Int).SetBytes(x), n).Cmp(signature.R) == 0
}
