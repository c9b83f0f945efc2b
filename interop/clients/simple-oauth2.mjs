import http from 'node:http';
import https from 'node:https';
import { ClientCredentials } from 'simple-oauth2';

// It does not know RFC 8705. The secret may not be left out, but it may be empty; with authorizationMethod 'body' the form
// then says client_id, as RFC 8705 asks. It reads no metadata: tokenEndpoint is token_endpoint of mtls_endpoint_aliases.
export async function accessToken({ tokenEndpoint, clientId, scope, ca, cert, key }) {
  const { origin, pathname } = new URL(tokenEndpoint);
  const agent = new https.Agent({ ca, cert, key });
  const client = new ClientCredentials({
    client: { id: clientId, secret: '' },
    auth: { tokenHost: origin, tokenPath: pathname },
    options: { authorizationMethod: 'body' },
    http: { agents: { https: agent, httpsAllowUnauthorized: agent, http: new http.Agent() } },
  });
  const { token } = await client.getToken({ scope });
  return token.access_token;
}
