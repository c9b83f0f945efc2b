import * as client from 'openid-client';
import { Agent, fetch } from 'undici';

// TlsClientAuth serves both methods of RFC 8705; the certificate belongs to the agent that makes the connections.
export async function accessToken({ issuer, clientId, scope, ca, cert, key }) {
  const dispatcher = new Agent({ connect: { ca, cert, key } });
  const customFetch = (url, options) => fetch(url, { ...options, dispatcher });
  const config = await client.discovery(new URL(issuer), clientId, { use_mtls_endpoint_aliases: true }, client.TlsClientAuth(), {
    [client.customFetch]: customFetch,
  });
  const tokens = await client.clientCredentialsGrant(config, { scope });
  return tokens.access_token;
}
