package manifest

// ErrKilled, returned by what Before was given, ends Apply as a kill does.
var ErrKilled = errKilled

// Before has a plan ask before each change of the folder.
func (p *Plan) Before(ask func(change, path string) error) { p.disk.before = ask }
