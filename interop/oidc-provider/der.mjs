// The few pieces of DER that names need: certificates are taken apart by hand, because Node prints subjects as text and
// text has lost what the comparison of names is about (order, sets, string types).

/**
 * Reads the one element that fills the bytes.
 * @param {Buffer} bytes
 * @returns {{tag: number, value: Buffer, raw: Buffer}} tag: the identifier octet; value: the contents; raw: all of it
 */
export function element(bytes) {
  const [only, ...more] = elements(bytes);
  if (!only || more.length > 0) throw new Error('DER: one element was expected');
  return only;
}

/** Reads the elements that lie one after the other in the bytes. */
export function elements(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const tag = byte(bytes, at++);
    if ((tag & 0x1f) === 0x1f) throw new Error('DER: tags above 30 do not occur in names');
    let length = byte(bytes, at++);
    if (length & 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4) throw new Error('DER: length');
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + byte(bytes, at++);
    }
    if (at + length > bytes.length) throw new Error('DER: element is longer than its container');
    found.push({ tag, value: bytes.subarray(at, at + length), raw: bytes.subarray(start, at + length) });
    at += length;
  }
  return found;
}

function byte(bytes, at) {
  if (at >= bytes.length) throw new Error('DER: ends early');
  return bytes[at];
}

/** Prints the contents of an OBJECT IDENTIFIER in dotted form. */
export function oid(value) {
  const arcs = [];
  let arc = 0;
  for (const octet of value) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet & 0x80) continue;
    if (arcs.length === 0) {
      const first = Math.min(Math.floor(arc / 40), 2);
      arcs.push(first, arc - 40 * first);
    } else {
      arcs.push(arc);
    }
    arc = 0;
  }
  return arcs.join('.');
}

/**
 * Decodes a string of any ASN.1 type.
 * @param {{tag: number, value: Buffer}} from
 * @returns {string|undefined} undefined if the element is no string, or not a well-formed one
 */
export function text({ tag, value }) {
  switch (tag) {
    case 0x0c: // UTF8String
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
      } catch {
        return undefined;
      }
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
    case 0x1a: // VisibleString
      return value.every((octet) => octet < 0x80) ? value.toString('latin1') : undefined;
    case 0x14: // TeletexString: everybody writes Latin-1 into it
      return value.toString('latin1');
    case 0x1e: // BMPString
      return value.length % 2 === 0 ? Buffer.from(value).swap16().toString('utf16le') : undefined;
    case 0x1c: { // UniversalString
      if (value.length % 4 !== 0) return undefined;
      let decoded = '';
      for (let at = 0; at < value.length; at += 4) {
        const point = value.readUInt32BE(at);
        if (point > 0x10ffff) return undefined;
        decoded += String.fromCodePoint(point);
      }
      return decoded;
    }
    default:
      return undefined;
  }
}

/**
 * Takes a certificate apart.
 * @param {Buffer} raw the certificate in DER
 * @returns {{subject: Buffer, subjectAltName: Buffer|undefined}} the encoded Name, and the encoded GeneralNames if any
 */
export function certificate(raw) {
  const tbs = elements(elements(element(raw).value)[0].value);
  const versioned = tbs[0].tag === 0xa0 ? 1 : 0; // [0] version stands only in v2 and v3
  const subject = tbs[versioned + 4].raw; // after serial, signature, issuer, validity
  const extensions = tbs.find(({ tag }) => tag === 0xa3);
  let subjectAltName;
  for (const extension of extensions ? elements(element(extensions.value).value) : []) {
    const parts = elements(extension.value);
    if (oid(parts[0].value) === '2.5.29.17') subjectAltName = parts.at(-1).value;
  }
  return { subject, subjectAltName };
}
