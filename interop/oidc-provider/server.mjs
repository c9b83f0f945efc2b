// npm oidc-provider as a target of mtlscheck: one issuer on two ports of localhost.
//
//   node server.mjs --port 9443 --mtls-port 9444 --cert server.pem --key server.key --client-ca ca.pem --clients clients.json
//
// --port       the issuer, https://localhost:PORT; asks for no certificate
// --mtls-port  the same endpoints as mtls_endpoint_aliases; asks for a certificate and lets any certificate through to
//              HTTP, because self-signed clients have no CA. Whether OpenSSL verified the chain decides tls_client_auth
// --client-ca  the CAs that tls_client_auth trusts (PEM)
// --clients    the registrations, an array of RFC 7591 client metadata with client_id
// --alg        how tokens are signed: ES256, unless RS256 is given
// --careless   believes every certificate: the deployment in which the TLS terminator asks for a certificate and nobody
//              looks at its chain
//
// When both ports listen it prints one line, "ready " and JSON with issuer, token_endpoint and careless. It ends on SIGTERM.
// Everything else on stdout and stderr is for the reader of a failure.
import crypto from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import { parseArgs } from 'node:util';
import { Provider } from 'oidc-provider';
import { certificate } from './der.mjs';
import { hasAlternativeName, sameName } from './names.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    'mtls-port': { type: 'string' },
    cert: { type: 'string' },
    key: { type: 'string' },
    'client-ca': { type: 'string' },
    clients: { type: 'string' },
    alg: { type: 'string', default: 'ES256' },
    careless: { type: 'boolean', default: false },
  },
});
for (const name of ['port', 'mtls-port', 'cert', 'key', 'client-ca', 'clients']) {
  if (!options[name]) throw new Error(`--${name} is needed`);
}

const issuer = `https://localhost:${options.port}`;
const alias = (path) => `https://localhost:${options['mtls-port']}${path}`;

// oidc-provider wants these two members even where no redirect ever happens; RFC 7591 has defaults for them.
const clients = JSON.parse(fs.readFileSync(options.clients, 'utf8')).map((client) => ({ redirect_uris: [], response_types: [], ...client }));
const scopes = [...new Set(clients.flatMap(({ scope }) => scope?.split(' ') ?? []))];

// What oidc-provider asks the application: the certificate, whether its chain was verified, and whether it carries the
// registered name. The first two are Node's answers (OpenSSL's verdict, with the purpose "TLS client"); the third is ours.
const shown = (ctx) => ctx.req.socket.getPeerX509Certificate();
const mTLS = {
  enabled: true,
  certificateBoundAccessTokens: true,
  selfSignedTlsClientAuth: true,
  tlsClientAuth: true,
  getCertificate: shown,
  certificateAuthorized: (ctx) => options.careless || ctx.req.socket.authorized === true,
  certificateSubjectMatches: (ctx, property, expected) => {
    const { subject, subjectAltName } = certificate(shown(ctx).raw);
    return property === 'tls_client_auth_subject_dn' ? sameName(subject, expected) : hasAlternativeName(subjectAltName, property, expected);
  },
};

const { alg } = options;
const { privateKey } = alg === 'RS256' ? crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }) : crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const provider = new Provider(issuer, {
  clients,
  scopes: ['openid', 'offline_access', ...scopes],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: alg }] },
  clientDefaults: { id_token_signed_response_alg: alg },
  enabledJWA: { idTokenSigningAlgValues: [alg] },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'tls_client_auth', 'self_signed_tls_client_auth'],
  cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
  ttl: { AccessToken: 600, ClientCredentials: 600, AuthorizationCode: 60, RefreshToken: 3600, Grant: 3600, Session: 3600, Interaction: 600, DeviceCode: 600, IdToken: 600 },
  // Users: whoever comes is alice and agrees to everything, see approve below. Clients that may refresh get a refresh token without
  // a prompt.
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  // There is no option for the aliases: they are further members of the discovery document.
  discovery: {
    mtls_endpoint_aliases: {
      token_endpoint: alias('/token'),
      introspection_endpoint: alias('/token/introspection'),
      revocation_endpoint: alias('/token/revocation'),
      pushed_authorization_request_endpoint: alias('/request'),
      device_authorization_endpoint: alias('/device/auth'),
      userinfo_endpoint: alias('/me'),
    },
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    deviceFlow: { enabled: true },
    mTLS,
    // Access tokens are JWTs, so that cnf can be seen, and opaque for a resource that says so, because oidc-provider
    // introspects and revokes only opaque tokens.
    resourceIndicators: {
      enabled: true,
      // A token for an API is not taken at userinfo, so those of users are opaque.
      defaultResource: (ctx) => (ctx.oidc.params?.scope?.split(' ').includes('openid') || ctx.oidc.entities.Account ? undefined : 'urn:mtlscheck:api'),
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => ({
        scope: scopes.join(' '),
        audience: resource,
        accessTokenTTL: 600,
        accessTokenFormat: resource === 'urn:mtlscheck:opaque' ? 'opaque' : 'jwt',
        jwt: { sign: { alg } },
      }),
    },
  },
});
provider.on('server_error', (ctx, error) => console.error('server_error', ctx.method, ctx.path, error));
for (const event of ['grant.error', 'introspection.error', 'revocation.error', 'userinfo.error']) {
  provider.on(event, (ctx, error) => console.error(event, ctx.oidc?.client?.clientId, error.message, error.error_description ?? '', error.error_detail ?? ''));
}

// approve is what a page for signing in and agreeing does when its user says yes.
const approve = async (req, res) => {
  const { prompt: { name, details }, params, session, grantId } = await provider.interactionDetails(req, res);
  if (name === 'login') {
    await provider.interactionFinished(req, res, { login: { accountId: 'alice' } });
    return;
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope((details.missingOIDCScope ?? []).join(' '));
  for (const [resource, wanted] of Object.entries(details.missingResourceScopes ?? {})) grant.addResourceScope(resource, wanted.join(' '));
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
};
const callback = provider.callback();
const handler = (req, res) => {
  if (!req.url.startsWith('/interaction/')) return callback(req, res);
  return approve(req, res).catch((error) => {
    console.error('interaction', error);
    res.statusCode = 500;
    res.end();
  });
};
const tls = { cert: fs.readFileSync(options.cert), key: fs.readFileSync(options.key), minVersion: 'TLSv1.2' };
const servers = [
  [https.createServer(tls, handler), options.port],
  [https.createServer({
    ...tls,
    ca: fs.readFileSync(options['client-ca']),
    requestCert: true,
    rejectUnauthorized: false,
  }, handler), options['mtls-port']],
];
for (const [server, port] of servers) {
  server.on('tlsClientError', (error) => console.error('tlsClientError', error.code ?? '', error.message));
  server.listen(Number(port), '127.0.0.1');
  await once(server, 'listening');
}
process.once('SIGTERM', () => {
  for (const [server] of servers) {
    server.close();
    server.closeAllConnections();
  }
});
console.log(`ready ${JSON.stringify({ issuer, token_endpoint: alias('/token'), careless: options.careless })}`);
