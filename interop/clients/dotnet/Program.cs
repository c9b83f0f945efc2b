// dotnet dotnet-client.dll: makes the attempts that stand on standard input, as run.mjs does, with Token.cs.
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

var attempts = JsonDocument.Parse(Console.OpenStandardInput()).RootElement;
foreach (var attempt in attempts.EnumerateArray())
{
    string Text(string name) => attempt.GetProperty(name).GetString() ?? "";
    var line = new Dictionary<string, string>();
    try
    {
        using var ca = X509CertificateLoader.LoadCertificateFromFile(Text("ca"));
        using var certificate = Text("cert") == "" ? null : X509Certificate2.CreateFromPemFile(Text("cert"), Text("key"));
        var response = await Token.Request(Text("issuer"), Text("clientId"), Text("scope"), ca, certificate);
        if (response.IsError)
        {
            line["error"] = response.Error ?? "";
            line["message"] = response.Raw ?? response.Exception?.Message ?? "";
        }
        else
        {
            line["access_token"] = response.AccessToken ?? "";
        }
    }
    catch (Exception e)
    {
        line["message"] = e.ToString();
    }
    Console.WriteLine(JsonSerializer.Serialize(line));
}
