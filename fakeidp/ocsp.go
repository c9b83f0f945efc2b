package fakeidp

import (
	"bytes"
	"crypto/sha1" // identifies certificates in OCSP; decides nothing
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"
)

// listValidity is for how long before and after now a list made in process is in date.
const listValidity = time.Hour

// The structures of RFC 6960 §4, as far as they are used.
type (
	certID struct {
		Algorithm  pkix.AlgorithmIdentifier
		NameHash   []byte
		IssuerHash []byte
		Serial     *big.Int
	}
	ocspQuestion struct {
		TBS struct {
			Requests []struct{ Cert certID }
		}
	}
	ocspAnswer struct {
		Status   asn1.Enumerated
		Response struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0,optional"`
	}
	basicAnswer struct {
		Data         answerData
		Algorithm    pkix.AlgorithmIdentifier
		Signature    asn1.BitString
		Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	answerData struct {
		Raw       asn1.RawContent
		Version   int `asn1:"optional,default:0,explicit,tag:0"`
		Responder asn1.RawValue
		Produced  time.Time `asn1:"generalized"`
		Answers   []singleAnswer
		Rest      asn1.RawValue `asn1:"optional"`
	}
	singleAnswer struct {
		Cert       certID
		Good       asn1.Flag        `asn1:"tag:0,optional"`
		Revoked    ocspRevoked      `asn1:"tag:1,optional"`
		Unknown    asn1.Flag        `asn1:"tag:2,optional"`
		ThisUpdate time.Time        `asn1:"generalized"`
		NextUpdate time.Time        `asn1:"generalized,explicit,tag:0,optional"`
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	ocspRevoked struct {
		At     time.Time       `asn1:"generalized"`
		Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
	}
)

var (
	oidSHA1  = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidBasic = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
)

// certIDOf names a certificate by its issuer and its number.
func certIDOf(c, issuer *x509.Certificate) (certID, bool) {
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		Bits      asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &key); err != nil {
		return certID{}, false
	}
	name, hash := sha1.Sum(issuer.RawSubject), sha1.Sum(key.Bits.RightAlign())
	return certID{Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidSHA1, Parameters: asn1.NullRawValue}, NameHash: name[:], IssuerHash: hash[:], Serial: c.SerialNumber}, true
}

// ocspRequest asks about one certificate, nil if it cannot be asked about.
func ocspRequest(c, issuer *x509.Certificate) []byte {
	id, ok := certIDOf(c, issuer)
	if !ok {
		return []byte{}
	}
	var q ocspQuestion
	q.TBS.Requests = []struct{ Cert certID }{{id}}
	der, err := asn1.Marshal(q)
	if err != nil {
		return []byte{}
	}
	return der
}

// ocspState reads an answer: it must be signed by the issuer, or by one to whom the issuer gave a certificate for that (RFC 6960
// §4.2.2.2), be about this certificate, and in date.
func ocspState(der []byte, c, issuer *x509.Certificate, now time.Time) certificateState {
	var outer ocspAnswer
	var basic basicAnswer
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 || outer.Status != 0 || !outer.Response.Type.Equal(oidBasic) {
		return stateUnknown
	}
	if rest, err := asn1.Unmarshal(outer.Response.Response, &basic); err != nil || len(rest) > 0 {
		return stateUnknown
	}
	id, ok := certIDOf(c, issuer)
	if !ok || !responderSigned(basic, issuer, now) {
		return stateUnknown
	}
	for _, a := range basic.Data.Answers {
		if !a.Cert.Algorithm.Algorithm.Equal(oidSHA1) || !bytes.Equal(a.Cert.NameHash, id.NameHash) || !bytes.Equal(a.Cert.IssuerHash, id.IssuerHash) ||
			a.Cert.Serial == nil || a.Cert.Serial.Cmp(id.Serial) != 0 {
			continue
		}
		critical := slices.ContainsFunc(a.Extensions, func(e pkix.Extension) bool { return e.Critical })
		switch {
		case critical || now.Before(a.ThisUpdate) || !a.NextUpdate.IsZero() && now.After(a.NextUpdate):
			return stateUnknown
		case bool(a.Good):
			return stateGood
		case !a.Revoked.At.IsZero():
			return stateRevoked
		}
	}
	return stateUnknown
}

// responderSigned checks the signature of an answer.
func responderSigned(b basicAnswer, issuer *x509.Certificate, now time.Time) bool {
	algorithm := signatureAlgorithm(b.Algorithm)
	made := func(by *x509.Certificate) bool {
		return by.CheckSignature(algorithm, b.Data.Raw, b.Signature.RightAlign()) == nil
	}
	if made(issuer) {
		return true
	}
	for _, raw := range b.Certificates {
		c, err := x509.ParseCertificate(raw.FullBytes)
		if err != nil || !bytes.Equal(c.RawIssuer, issuer.RawSubject) || !signed(issuer, c) || now.Before(c.NotBefore) || now.After(c.NotAfter) {
			continue
		}
		if slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) && made(c) {
			return true
		}
	}
	return false
}

// signatureAlgorithm is the algorithm by its identifier, of those that are strong enough.
func signatureAlgorithm(id pkix.AlgorithmIdentifier) x509.SignatureAlgorithm {
	for _, a := range []struct {
		oid asn1.ObjectIdentifier
		is  x509.SignatureAlgorithm
	}{
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, x509.ECDSAWithSHA256}, {asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, x509.ECDSAWithSHA384},
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, x509.ECDSAWithSHA512}, {asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, x509.SHA256WithRSA},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, x509.SHA384WithRSA}, {asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.SHA512WithRSA},
		{asn1.ObjectIdentifier{1, 3, 101, 112}, x509.PureEd25519},
	} {
		if id.Algorithm.Equal(a.oid) {
			return a.is
		}
	}
	return x509.UnknownSignatureAlgorithm
}
