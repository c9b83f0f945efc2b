import assert from 'node:assert/strict';
import test from 'node:test';
import { hasAlternativeName, parseName, sameName } from './names.mjs';

// A tiny DER encoder, independent of the reader under test. All lengths here are below 128.
const der = (tag, ...contents) => {
  const value = Buffer.concat(contents);
  assert.ok(value.length < 128);
  return Buffer.concat([Buffer.from([tag, value.length]), value]);
};
const OIDS = { CN: '550403', C: '550406', O: '55040a', OU: '55040b', DC: '0992268993f22c640119', X: '2a0304' };
const utf8 = (string) => der(0x0c, Buffer.from(string));
const attribute = (type, value) => der(0x30, der(0x06, Buffer.from(OIDS[type], 'hex')), Buffer.isBuffer(value) ? value : utf8(value));
const rdn = (...attributes) => der(0x31, ...attributes);
const name = (...rdns) => der(0x30, ...rdns);
const company = name(rdn(attribute('C', 'GB')), rdn(attribute('O', 'Acme Corp')), rdn(attribute('CN', 'client')));

const matches = [
  ['the string form is the encoding backwards', company, 'CN=client,O=Acme Corp,C=GB', true],
  ['the encoded order is another name', company, 'C=GB,O=Acme Corp,CN=client', false],
  ['case of types does not matter', company, 'cn=client,o=Acme Corp,c=GB', true],
  ['case of values does not matter', company, 'CN=CLIENT,O=acme corp,C=gb', true],
  ['runs of spaces count as one', company, 'CN=client,O=Acme   Corp,C=GB', true],
  ['a missing space is another name', company, 'CN=client,O=AcmeCorp,C=GB', false],
  ['a type by its OID', company, '2.5.4.3=client,O=Acme Corp,C=GB', true],
  ['a value by its encoding', company, 'CN=#0c06636c69656e74,O=Acme Corp,C=GB', true],
  ['a prefix is another name', company, 'O=Acme Corp,C=GB', false],
  ['the .NET form is not RFC 4514', company, 'CN=client, O=Acme Corp, C=GB', false],
  ['nothing matches nothing else', company, '', false],
  ['string types do not matter', name(rdn(attribute('CN', der(0x13, Buffer.from('client'))))), 'CN=client', true],
  ['two-octet strings are text', name(rdn(attribute('CN', der(0x1e, Buffer.from([0, 0x61, 0x20, 0xac]))))), 'CN=a€', true],
  ['sets have no order', name(rdn(attribute('CN', 'b'), attribute('OU', 'a'))), 'OU=a+CN=b', true],
  ['a set is not two RDNs', name(rdn(attribute('CN', 'b'), attribute('OU', 'a'))), 'OU=a,CN=b', false],
  ['a set needs each member', name(rdn(attribute('OU', 'a'), attribute('OU', 'b'))), 'OU=a+OU=a', false],
  ['an escaped comma', name(rdn(attribute('O', 'Acme, Inc'))), 'O=Acme\\, Inc', true],
  ['an escaped comma as octet', name(rdn(attribute('O', 'Acme, Inc'))), 'O=Acme\\2C Inc', true],
  ['a comma in a value is no separator', name(rdn(attribute('O', 'a,CN=b'))), 'CN=b,O=a', false],
  ['an escaped plus', name(rdn(attribute('O', 'a+b'))), 'O=a\\+b', true],
  ['octets of UTF-8', name(rdn(attribute('CN', 'Lučić'))), 'CN=Lu\\C4\\8Di\\C4\\87', true],
  ['composed and decomposed', name(rdn(attribute('CN', 'e\u0301'))), 'CN=\u00e9', true],
  ['a zero-width joiner is nothing', name(rdn(attribute('CN', 'a\u200db'))), 'CN=ab', true],
  ['a NUL in the middle is mapped away, the rest still counts', name(rdn(attribute('CN', 'client\u0000.evil'))), 'CN=client', false],
  ['dotless i is another letter', name(rdn(attribute('CN', 'ı'))), 'CN=I', false],
  ['an attribute without a matching rule is compared exactly', name(rdn(attribute('X', 'a'))), '1.2.3.4=#0c0141', false],
  ['an attribute without a matching rule, the same octets', name(rdn(attribute('X', 'a'))), '1.2.3.4=#0c0161', true],
  ['an unknown short name matches nothing', name(rdn(attribute('X', 'a'))), 'X=a', false],
];

for (const [title, subject, registered, expected] of matches) {
  test(title, () => assert.equal(sameName(subject, registered), expected));
}

test('what is no name throws', () => {
  for (const string of ['client', 'CN=a,', 'CN=a,,O=b', 'CN="a"', 'CN=a\\', 'CN= a', 'CN=a ', 'CN=#zz', 'CN=a;O=b', 'CN=\\FF']) {
    assert.throws(() => parseName(string), undefined, string);
  }
  assert.equal(parseName('CN=a\\ ')[0][0].value, 'a ');
});

test('alternative names', () => {
  const names = der(0x30, der(0x81, Buffer.from('Client@Example.ORG')), der(0x82, Buffer.from('client.example.org')),
    der(0x86, Buffer.from('spiffe://example.org/client')), der(0x87, Buffer.from([192, 0, 2, 10])),
    der(0x87, Buffer.from('20010db8000000000000000000000001', 'hex')));
  const cases = [
    ['dns', 'CLIENT.example.org', true], ['dns', '*.example.org', false], ['dns', 'spiffe://example.org/client', false],
    ['uri', 'spiffe://example.org/client', true], ['uri', 'spiffe://example.org/client/', false],
    ['ip', '192.0.2.10', true], ['ip', '192.0.2.1', false], ['ip', '2001:DB8:0:0::1', true], ['ip', '2001:db8::2', false], ['ip', 'x', false],
    ['email', 'Client@example.org', true], ['email', 'client@example.org', false],
  ];
  for (const [kind, expected, want] of cases) {
    assert.equal(hasAlternativeName(names, `tls_client_auth_san_${kind}`, expected), want, `${kind} ${expected}`);
  }
  assert.equal(hasAlternativeName(undefined, 'tls_client_auth_san_dns', 'client.example.org'), false);
  assert.equal(hasAlternativeName(names, 'tls_client_auth_subject_dn', 'CN=client'), false);
});
