// Does a certificate carry the name that a client registered? oidc-provider leaves this question to the application, so
// what mtlscheck finds out about names judges this file, not oidc-provider.
//
// tls_client_auth_subject_dn is a string (RFC 4514) and is compared as a name (RFC 4517 §4.2.15 distinguishedNameMatch):
// same RDNs in the same order, the attributes of an RDN as a set, values by caseIgnoreMatch after RFC 4518's preparation.
// The alternative names of RFC 8705 §2.1.2 are compared as RFC 5280 §7 and §4.2.1.6 say.
import net from 'node:net';
import { element, elements, oid, text } from './der.mjs';

// RFC 4514 §3, and short names that are in use beyond it. All of these attributes have a caseIgnore matching rule.
const TYPES = {
  CN: '2.5.4.3', SN: '2.5.4.4', SURNAME: '2.5.4.4', SERIALNUMBER: '2.5.4.5', C: '2.5.4.6', L: '2.5.4.7', ST: '2.5.4.8',
  STREET: '2.5.4.9', O: '2.5.4.10', OU: '2.5.4.11', TITLE: '2.5.4.12', GN: '2.5.4.42', GIVENNAME: '2.5.4.42',
  ORGANIZATIONIDENTIFIER: '2.5.4.97', UID: '0.9.2342.19200300.100.1.1', DC: '0.9.2342.19200300.100.1.25',
  EMAILADDRESS: '1.2.840.113549.1.9.1', E: '1.2.840.113549.1.9.1',
};
const CASE_IGNORED = new Set(Object.values(TYPES));

/**
 * Tells whether the encoded subject is the registered one.
 * @param {Buffer} subject a Name in DER
 * @param {string} registered a distinguished name in RFC 4514 form; what is not in this form matches nothing, and a
 *   subject that cannot be decoded is nobody's
 */
export function sameName(subject, registered) {
  try {
    // The string form starts with the last RDN (RFC 4514 §2.1).
    return sameList(parseName(registered), decodeName(subject).reverse(), (a, b) => sameSet(a, b, sameAttribute));
  } catch {
    return false;
  }
}

/** Decodes a Name into RDNs, each a list of {type, value, raw}; value is undefined where the value is no string. */
export function decodeName(der) {
  return elements(element(der).value).map((rdn) => elements(rdn.value).map((pair) => {
    const [type, value] = elements(pair.value);
    return { type: oid(type.value), value: text(value), raw: value.raw };
  }));
}

/** Parses the string form of a name into RDNs, each a list of {type, value} or {type, raw}. Throws on anything else. */
export function parseName(string) {
  if (string === '') return [];
  return split(string, ',').map((rdn) => split(rdn, '+').map(parseAttribute));
}

// Splits where the separator is not escaped. Quoted strings are not part of RFC 4514.
function split(string, separator) {
  const parts = [''];
  for (let i = 0; i < string.length; i++) {
    if (string[i] === separator) {
      parts.push('');
      continue;
    }
    parts[parts.length - 1] += string[i];
    if (string[i] === '\\' && i + 1 < string.length) parts[parts.length - 1] += string[++i];
  }
  return parts;
}

function parseAttribute(string) {
  const [, name, value] = /^([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)=([^]*)$/u.exec(string) ?? fail('attribute', string);
  const type = /^\d/.test(name) ? name : TYPES[name.toUpperCase()] ?? fail('attribute type', name);
  if (value.startsWith('#')) {
    if (!/^#(?:[0-9A-Fa-f]{2})+$/.test(value)) fail('hexadecimal value', value);
    const raw = Buffer.from(value.slice(1), 'hex');
    return { type, value: text(element(raw)), raw };
  }
  return { type, value: unescape(value) };
}

// RFC 4514 §3: a special character after a backslash stands for itself, two hexadecimal digits for an octet of UTF-8.
function unescape(value) {
  if (/^[ ]|(?:^|[^\\])(?:\\\\)*[ ]$/.test(value)) fail('unescaped space at an end of', value);
  const octets = [];
  for (let i = 0; i < value.length;) {
    const rest = value.slice(i);
    const pair = /^\\([0-9A-Fa-f]{2})/.exec(rest);
    const special = /^\\([ "#+,;<=>\\])/.exec(rest);
    if (pair) octets.push(Buffer.from(pair[1], 'hex'));
    else if (special) octets.push(Buffer.from(special[1]));
    else if (/^["+,;<>\\\0]/.test(rest)) fail('unescaped character in', value);
    else octets.push(Buffer.from(String.fromCodePoint(rest.codePointAt(0))));
    i += pair ? 3 : special ? 2 : String.fromCodePoint(rest.codePointAt(0)).length;
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(octets));
}

function fail(what, where) {
  throw new Error(`not a distinguished name of RFC 4514: ${what} ${JSON.stringify(where)}`);
}

function sameAttribute(registered, shown) {
  if (registered.type !== shown.type) return false;
  if (registered.value === undefined || shown.value === undefined) return registered.raw?.equals(shown.raw) ?? false;
  if (!CASE_IGNORED.has(shown.type)) return registered.raw?.equals(shown.raw) ?? registered.value === shown.value;
  const prepared = prepare(registered.value);
  return prepared !== undefined && prepared === prepare(shown.value);
}

function sameList(a, b, same) {
  return a.length === b.length && a.every((_, i) => same(a[i], b[i]));
}

function sameSet(a, b, same) {
  if (a.length !== b.length) return false;
  const left = [...b];
  return a.every((one) => {
    const at = left.findIndex((other) => same(one, other));
    return at >= 0 && left.splice(at, 1).length === 1;
  });
}

// RFC 4518 §2: map, normalize, prohibit, insignificant space handling; with case folding, as caseIgnoreMatch wants.
function prepare(string) {
  const mapped = string
    .replace(/[\u0009-\u000d\u0085]|\p{Z}/gu, (c) => (c === '\u200b' ? '' : ' '))
    .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u034f\u1806\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]|\u06dd|\u070f/gu, '')
    .normalize('NFKC');
  const folded = [...mapped].map((c) => ({ ß: 'ss', ẞ: 'ss', ς: 'σ' }[c] ?? c.toLowerCase())).join('').normalize('NFKC');
  if (/[\p{Co}\p{Cs}\p{Cn}\ufffd]/u.test(folded)) return undefined;
  return folded.trim().replace(/ +/g, ' ');
}

const GENERAL_NAMES = {
  tls_client_auth_san_email: { tag: 0x81, same: (value, expected) => sameMailbox(value.toString('latin1'), expected) },
  tls_client_auth_san_dns: { tag: 0x82, same: (value, expected) => value.toString('latin1').toLowerCase() === expected.toLowerCase() },
  tls_client_auth_san_uri: { tag: 0x86, same: (value, expected) => value.toString('latin1') === expected },
  tls_client_auth_san_ip: { tag: 0x87, same: (value, expected) => address(expected)?.equals(value) ?? false },
};

/**
 * Tells whether one of the alternative names is the registered one.
 * @param {Buffer|undefined} subjectAltName GeneralNames in DER
 * @param {string} property the metadata member, such as tls_client_auth_san_dns
 * @param {string} expected its registered value
 */
export function hasAlternativeName(subjectAltName, property, expected) {
  const kind = GENERAL_NAMES[property];
  if (!kind || !subjectAltName) return false;
  return elements(element(subjectAltName).value).some(({ tag, value }) => tag === kind.tag && kind.same(value, expected));
}

// The local part of a mailbox is compared as it is, the domain without regard to case (RFC 5280 §7.5).
function sameMailbox(a, b) {
  const parts = (mailbox) => {
    const at = mailbox.lastIndexOf('@');
    return at < 0 ? undefined : `${mailbox.slice(0, at)}@${mailbox.slice(at + 1).toLowerCase()}`;
  };
  return parts(a) !== undefined && parts(a) === parts(b);
}

// The octets of an address in text form: RFC 8705 §2.1.2 compares addresses, not spellings.
function address(string) {
  switch (net.isIP(string)) {
    case 4:
      return Buffer.from(string.split('.').map(Number));
    case 6: {
      const host = new URL(`http://[${string}]/`).hostname.slice(1, -1); // canonical: hexadecimal groups, one "::"
      const [head, tail] = host.split('::').map((half) => (half === '' ? [] : half.split(':')));
      const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
      return Buffer.concat(groups.map((group) => Buffer.from(group.padStart(4, '0'), 'hex')));
    }
    default:
      return undefined;
  }
}
