// node verify.mjs JWK TOKEN: prints whether the token is signed with the key by RS256.
import crypto from 'node:crypto';

const [jwk, token] = process.argv.slice(2);
const [header, payload, signature] = token.split('.');
const key = crypto.createPublicKey({ key: JSON.parse(jwk), format: 'jwk' });
console.log(crypto.verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')));
