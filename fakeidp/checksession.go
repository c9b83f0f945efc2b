package fakeidp

import "net/http"

// checkSession: the page with which a browser watches the session.
type checkSession struct{}

func (checkSession) decided() {}

// decideCheckSession is the page of OpenID Connect Session Management §3.2.
func decideCheckSession(d *decision) outcome {
	if o, ok := d.only(http.MethodGet); !ok {
		return o
	}
	return checkSession{}
}

// checkSessionPage compares the session_state that a client knows with the one that its cookie gives.
const checkSessionPage = `<!DOCTYPE html>
<html><head><title>Check session</title></head><body><script>
addEventListener("message", async e => {
  const [client, state] = String(e.data).split(" ");
  const [, salt] = (state || "").split(".");
  const cookie = document.cookie.split("; ").find(c => c.startsWith("idsrv.session="));
  if (!client || !salt) { e.source.postMessage("error", e.origin); return; }
  const text = client + e.origin + (cookie ? cookie.slice(14) : "") + salt;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const code = btoa(String.fromCharCode(...hash)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  e.source.postMessage(code + "." + salt === state ? "unchanged" : "changed", e.origin);
});
</script></body></html>
`

func renderCheckSession() response {
	return response{status: http.StatusOK, body: []byte(checkSessionPage), headers: [][2]string{{"Content-Type", "text/html; charset=UTF-8"}}}
}
