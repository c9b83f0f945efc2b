package fakeidp

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes that algorithms names
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
)

// algorithm is a JWS algorithm (RFC 7518 §3.1).
type algorithm struct {
	hash crypto.Hash
	pss  bool
	// size of each of the two numbers of an ECDSA signature; 0 for RSA.
	size  int
	curve elliptic.Curve
}

// algorithms are the JWS algorithms that are understood.
func algorithms(name string) (algorithm, bool) {
	switch name {
	case "RS256":
		return algorithm{hash: crypto.SHA256}, true
	case "RS384":
		return algorithm{hash: crypto.SHA384}, true
	case "RS512":
		return algorithm{hash: crypto.SHA512}, true
	case "PS256":
		return algorithm{hash: crypto.SHA256, pss: true}, true
	case "PS384":
		return algorithm{hash: crypto.SHA384, pss: true}, true
	case "PS512":
		return algorithm{hash: crypto.SHA512, pss: true}, true
	case "ES256":
		return algorithm{hash: crypto.SHA256, size: 32, curve: elliptic.P256()}, true
	case "ES384":
		return algorithm{hash: crypto.SHA384, size: 48, curve: elliptic.P384()}, true
	case "ES512":
		return algorithm{hash: crypto.SHA512, size: 66, curve: elliptic.P521()}, true
	}
	return algorithm{}, false
}

// jws is a JWS in compact form, taken apart and not yet verified.
type jws struct {
	header, payload object
	signed          string
	signature       []byte
}

var errNotJWS = errors.New("not a JWS in compact form")

// parseJWS takes a compact JWS apart.
func parseJWS(text string) (*jws, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errNotJWS
	}
	var decoded [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			return nil, errNotJWS
		}
		decoded[i] = b
	}
	header, err := parseObject(decoded[0])
	if err != nil {
		return nil, errNotJWS
	}
	payload, err := parseObject(decoded[1])
	if err != nil {
		return nil, errNotJWS
	}
	return &jws{header: header, payload: payload, signed: parts[0] + "." + parts[1], signature: decoded[2]}, nil
}

// text is a string member, or "".
func (o object) text(name string) string {
	v, _ := o.get(name)
	s, _ := v.(string)
	return s
}

// seconds is a whole number member; false if it is absent or no such number.
func (o object) seconds(name string) (int64, bool) {
	v, _ := o.get(name)
	n, ok := v.(number)
	if !ok {
		return 0, false
	}
	i, err := json.Number(n).Int64()
	return i, err == nil
}

// verifiedBy checks the signature with a public key; the key's type must fit the algorithm.
func (j *jws) verifiedBy(key crypto.PublicKey) bool {
	a, ok := algorithms(j.header.text("alg"))
	if !ok {
		return false
	}
	h := a.hash.New()
	h.Write([]byte(j.signed))
	sum := h.Sum(nil)
	switch key := key.(type) {
	case *rsa.PublicKey:
		if a.size != 0 {
			return false
		}
		if a.pss {
			return rsa.VerifyPSS(key, a.hash, sum, j.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(key, a.hash, sum, j.signature) == nil
	case *ecdsa.PublicKey:
		if a.size == 0 || key.Curve != a.curve || len(j.signature) != 2*a.size {
			return false
		}
		return ecdsa.Verify(key, sum, new(big.Int).SetBytes(j.signature[:a.size]), new(big.Int).SetBytes(j.signature[a.size:]))
	}
	return false
}

// publicKey reads an RSA or EC public key (RFC 7518 §6).
func publicKey(jwk object) (crypto.PublicKey, error) {
	integer := func(name string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(jwk.text(name))
		if err != nil || len(b) == 0 {
			return nil
		}
		return new(big.Int).SetBytes(b)
	}
	bad := errors.New("not a public key as JWK")
	switch jwk.text("kty") {
	case "RSA":
		n, e := integer("n"), integer("e")
		if n == nil || e == nil || !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 {
			return nil, bad
		}
		return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
	case "EC":
		curve, ok := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[jwk.text("crv")]
		x, y := integer("x"), integer("y")
		if !ok || x == nil || y == nil {
			return nil, bad
		}
		size := (curve.Params().BitSize + 7) / 8
		if x.BitLen() > 8*size || y.BitLen() > 8*size {
			return nil, bad
		}
		point := append([]byte{4}, append(x.FillBytes(make([]byte, size)), y.FillBytes(make([]byte, size))...)...)
		return ecdsa.ParseUncompressedPublicKey(curve, point)
	}
	return nil, bad
}

// parseObject reads one JSON object and keeps the order of its members.
func parseObject(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	o, ok := v.(object)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return o, nil
}

// maxDepth bounds how deep JSON may be nested.
const maxDepth = 64

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("JSON nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		return number(t), nil
	case json.Delim:
		if t == '{' {
			o := object{}
			for d.More() {
				name, err := d.Token()
				if err != nil {
					return nil, err
				}
				v, err := parseValue(d, depth+1)
				if err != nil {
					return nil, err
				}
				o = append(o, member{name.(string), v})
			}
			_, err := d.Token()
			return o, err
		}
		list := []any{}
		for d.More() {
			v, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return t, nil
}

// list is a member that is a string or an array of strings; a string is split if a separator is given.
func (o object) list(name, separator string) []string {
	v, _ := o.get(name)
	switch v := v.(type) {
	case string:
		if separator != "" {
			return strings.Split(v, separator)
		}
		return []string{v}
	case []any:
		var list []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}
