import * as oauth from 'oauth4webapi';
import { Agent, fetch } from 'undici';

// TlsClientAuth serves both methods; use_mtls_endpoint_aliases sends the request to the alias.
export async function accessToken({ issuer, clientId, scope, ca, cert, key }) {
  const dispatcher = new Agent({ connect: { ca, cert, key } });
  const options = { [oauth.customFetch]: (url, init) => fetch(url, { ...init, dispatcher }) };
  const url = new URL(issuer);
  const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options));
  const client = { client_id: clientId, use_mtls_endpoint_aliases: true };
  const parameters = new URLSearchParams({ scope });
  const response = await oauth.clientCredentialsGrantRequest(server, client, oauth.TlsClientAuth(), parameters, options);
  const tokens = await oauth.processClientCredentialsResponse(server, client, response);
  return tokens.access_token;
}
