package fakeidp

import (
	"bytes"
	"html/template"
	"net/http"
	"sync"
)

// pageTemplates are read when the first page is shown. They have no scripts, and everything in them is escaped for where it
// stands.
var pageTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>fakeidp: {{.Title}}</title>
<style>body{font:1rem/1.5 sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}label,input,button{display:block;font:inherit}input{width:100%;box-sizing:border-box}button{margin:1rem 0 0}iframe{display:none}hr{margin:2rem 0 1rem}.wrong{color:#a00}small{color:#555}</style>
</head><body><h1>{{.Title}}</h1>
{{if .Message}}<p{{if .Wrong}} class="wrong" role="alert"{{end}}>{{.Message}}</p>
{{end}}{{if .Client}}<p>The application <strong>{{.Client}}</strong> {{.Wants}}</p>
{{end}}{{if .Scopes}}<ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
{{end}}{{if .Fields}}<form method="{{.Method}}">
{{range .Fields}}{{if .Label}}<label>{{.Label}} <input type="{{.Kind}}" name="{{.Name}}" value="{{.Value}}" autocomplete="{{.Complete}}" required></label>
{{else}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}{{end}}{{range .Buttons}}<button name="answer" value="{{.Value}}">{{.Label}}</button>
{{end}}</form>
{{end}}{{range .Requests}}<form method="post"><hr><p>The application <strong>{{.Client}}</strong> asks for:</p><ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
{{if .Message}}<p>Its message: <strong>{{.Message}}</strong></p><p>Agree only if the application shows you the same.</p>
{{end}}{{range .Fields}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}{{range .Buttons}}<button name="answer" value="{{.Value}}">{{.Label}}</button>
{{end}}</form>
{{end}}{{if .Onward}}<p><a href="{{.Onward}}">Back to the application</a></p>
{{end}}{{if .Frame}}<iframe src="{{.Frame}}" title="Tells the applications"></iframe>
{{end}}<p><small>This is a test server. Nothing here is secret.</small></p></body></html>
`))
})

// field is an input of a form, or a button; without a label it is hidden.
type pageField struct{ Label, Kind, Name, Value, Complete string }

// written is a page in words.
type pageText struct {
	Title, Message, Client, Wants, Method string
	Wrong                                 bool
	Scopes                                []string
	Fields, Buttons                       []pageField
	Requests                              []pageText
	Frame                                 string
	// Onward was registered by whoever set the server up, and may be of a scheme of its own.
	Onward template.URL
}

// hidden is an input that nobody sees.
func hidden(name, value string) pageField { return pageField{Name: name, Value: value} }

// words are what a page says.
func (p page) words() pageText {
	t := pageText{Message: p.message, Client: p.client, Scopes: p.scopes, Method: "post", Frame: p.frame, Onward: template.URL(p.onward)}
	yesOrNo := []pageField{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No"}}
	switch p.kind {
	case loginPage:
		t.Title, t.Wrong = "Sign in", true
		t.Fields = []pageField{hidden("ReturnUrl", p.back), {Label: "User name", Kind: "text", Name: "username", Value: p.user, Complete: "username"},
			{Label: "Password", Kind: "password", Name: "password", Complete: "current-password"}}
		t.Buttons = []pageField{{Value: "yes", Label: "Sign in"}}
	case consentPage:
		t.Title, t.Wants = "Do you agree?", "asks for:"
		t.Fields, t.Buttons = []pageField{hidden("returnUrl", p.back), hidden("token", p.token)}, yesOrNo
	case devicePage:
		t.Title, t.Wrong, t.Method = "Connect a device", true, "get"
		if p.code == "" {
			t.Fields = []pageField{{Label: "The code that the device shows", Kind: "text", Name: "userCode", Complete: "off"}}
			t.Buttons = []pageField{{Value: "go", Label: "Go on"}}
			return t
		}
		t.Method, t.Wants = "post", "on your device, which shows "+p.code+", asks for:"
		t.Fields, t.Buttons = []pageField{hidden("userCode", p.code), hidden("token", p.token)}, yesOrNo
	case logoutPage:
		t.Title, t.Wants = "Sign out?", "asks you to sign out."
		t.Fields = []pageField{hidden("logoutId", p.code), hidden("token", p.token)}
		t.Buttons = []pageField{{Value: "yes", Label: "Sign out"}}
	case requestPage:
		t.Title = "Requests for you"
		for _, r := range p.requests {
			t.Requests = append(t.Requests, pageText{Client: r.client, Message: r.message, Scopes: r.scopes, Fields: []pageField{hidden("id", r.name), hidden("token", p.token)},
				Buttons: yesOrNo})
		}
	case errorPage:
		t.Title, t.Wrong = "This did not work", true
	default:
		t.Title = "Done"
	}
	return t
}

// renderPage writes a page, which no cache keeps, no other page frames and no script runs in.
func renderPage(o page) response {
	var b bytes.Buffer
	status := o.status
	if err := pageTemplates().Execute(&b, o.words()); err != nil {
		status = http.StatusInternalServerError
		b.Reset()
	}
	policy := "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
	if o.frame != "" {
		policy += "; frame-src 'self'"
	}
	p := response{status: status, body: b.Bytes(), headers: append([][2]string{
		{"Content-Type", "text/html; charset=utf-8"}, {"Content-Security-Policy", policy},
		{"Referrer-Policy", "no-referrer"}, {"X-Content-Type-Options", "nosniff"},
	}, forbidCaches()...)}
	if o.atOnce && o.onward != "" {
		p.headers = append(p.headers, [2]string{"Refresh", "0;url=" + o.onward}) // browsers count from when the page and its frames are loaded
	}
	for _, c := range o.cookies {
		p.headers = append(p.headers, [2]string{"Set-Cookie", c})
	}
	return p
}
