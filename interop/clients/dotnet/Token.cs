using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Duende.IdentityModel.Client;

static class Token
{
    // The certificate belongs to the handler. PostBody makes the library send client_id in the form, as RFC 8705 asks.
    public static async Task<TokenResponse> Request(string issuer, string clientId, string scope, X509Certificate2 ca, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(ca);
        handler.SslOptions.AllowTlsResume = false; // else .NET may resume discovery's session at the alias, without the certificate
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        using var http = new HttpClient(handler);

        var metadata = await http.GetDiscoveryDocumentAsync(issuer);
        if (metadata.IsError) throw new HttpRequestException(metadata.Error);
        return await http.RequestClientCredentialsTokenAsync(new ClientCredentialsTokenRequest
        {
            Address = metadata.MtlsEndpointAliases?.TokenEndpoint ?? metadata.TokenEndpoint,
            ClientId = clientId,
            Scope = scope,
            ClientCredentialStyle = ClientCredentialStyle.PostBody,
        });
    }
}
