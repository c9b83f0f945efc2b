package strict

import (
	"regexp"
	"strings"
	"unicode"
)

// secretValue is the value of a key that is named like a secret, on one line.
var secretValue = regexp.MustCompile(`(?i)([\w-]*(?:secret|shared|pass)[\w-]*["']?\s*:\s*)("[^"]*"?|'[^']*'?|[^\s,{}\[\]#"']+)`)

// withoutSecrets hides in a line what stands behind keys that are named like secrets, unless it only says where the secret is.
// Columns stay.
func withoutSecrets(line string) string {
	return secretValue.ReplaceAllStringFunc(line, func(found string) string {
		parts := secretValue.FindStringSubmatch(found)
		bare := strings.Trim(parts[2], `"'`)
		if strings.HasPrefix(bare, "env:") || strings.HasPrefix(bare, "file:") || bare == "prompt" {
			return found
		}
		return parts[1] + stars(parts[2])
	})
}

// keysAlone hides everything in a line but keys and punctuation. Columns stay.
func keysAlone(line string) string {
	var b strings.Builder
	runes := []rune(line)
	for i := 0; i < len(runes); {
		end := i + 1
		switch r := runes[i]; {
		case r == '"' || r == '\'':
			for end < len(runes) && runes[end] != r {
				end++
			}
			end = min(end+1, len(runes))
		case r == '#':
			end = len(runes)
		case unicode.IsSpace(r) || strings.ContainsRune("{}[],:-", r):
			b.WriteRune(r)
			i = end
			continue
		default:
			for end < len(runes) && !unicode.IsSpace(runes[end]) && !strings.ContainsRune("{}[],", runes[end]) && !colon(runes, end) {
				end++
			}
		}
		token := string(runes[i:end])
		if next := end; next < len(runes) && colon(runes, next) {
			b.WriteString(token)
		} else {
			b.WriteString(stars(token))
		}
		i = end
	}
	return b.String()
}

// colon reports whether a key ends at i.
func colon(runes []rune, i int) bool {
	return runes[i] == ':' && (i+1 == len(runes) || unicode.IsSpace(runes[i+1]) || runes[i-1] == '"')
}

func stars(text string) string { return strings.Repeat("*", len([]rune(text))) }
