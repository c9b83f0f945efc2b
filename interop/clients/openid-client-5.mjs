import { Issuer, custom } from 'openid-client-5'; // in your package: 'openid-client'

// The method is named; self_signed_tls_client_auth is used the same way. Aliases are used by themselves.
export async function accessToken({ issuer, clientId, scope, method, ca, cert, key }) {
  custom.setHttpOptionsDefaults({ ca }); // discovery needs no certificate of the client
  const { Client } = await Issuer.discover(issuer);
  const client = new Client({
    client_id: clientId,
    token_endpoint_auth_method: method, // 'tls_client_auth'
    tls_client_certificate_bound_access_tokens: true,
  });
  client[custom.http_options] = () => ({ ca, cert, key });
  const tokens = await client.grant({ grant_type: 'client_credentials', scope });
  return tokens.access_token;
}
