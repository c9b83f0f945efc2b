package strict

import "github.com/goccy/go-yaml/ast"

// dropRepeated notes keys that stand twice in one mapping, and takes all but the first out of the tree, so that the rest can be read.
func (r *Reader) dropRepeated(n ast.Node, path string) {
	switch v := n.(type) {
	case *ast.MappingNode:
		seen, kept := map[string]bool{}, v.Values[:0]
		for _, pair := range v.Values {
			key := Key(pair)
			if seen[key] {
				r.Wrong(pair.Key, Join(path, key), "keep one of them", "the key stands twice")
				continue
			}
			seen[key], kept = true, append(kept, pair)
			r.dropRepeated(pair.Value, Join(path, key))
		}
		v.Values = kept
	case *ast.MappingValueNode:
		r.dropRepeated(v.Value, Join(path, Key(v)))
	case *ast.SequenceNode:
		for i, item := range v.Values {
			r.dropRepeated(item, At(path, i))
		}
	}
}
