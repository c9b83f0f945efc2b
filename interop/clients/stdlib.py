import json
import ssl
import urllib.parse
import urllib.request


def access_token(issuer, client_id, scope, ca, cert=None, key=None):
    """The certificate is loaded into the context of the connection; client_id goes into the form (RFC 8705, section 2)."""
    context = ssl.create_default_context(cafile=ca)
    if cert:
        context.load_cert_chain(cert, key)

    def ask(url, form=None):
        body = form and urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(url, body, timeout=10, context=context) as answer:
            return json.load(answer)

    metadata = ask(issuer + "/.well-known/openid-configuration")
    endpoint = (metadata.get("mtls_endpoint_aliases") or metadata)["token_endpoint"]
    tokens = ask(endpoint, {"grant_type": "client_credentials", "client_id": client_id, "scope": scope})
    return tokens["access_token"]
