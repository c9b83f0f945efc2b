package pki

import (
	"maps"
	"slices"

	"github.com/mtlscheck/mtlscheck/pki/trait"
)

// Memory is what Init would put into a folder, without a folder: the same authority and the same identities under the
// same names. Nothing is made until it is asked for; mistakes show in the identities' Err. Overwrite means nothing here.
func Memory(o InitOptions) (*Store, error) {
	lab := New(Options{Seed: o.Seed, Clock: o.Clock, Key: o.Key})
	ca := lab.Root(caName, trait.Subject("CN=mtlscheck Test CA,O=mtlscheck"))
	ids, err := initial(lab, ca, o.ServerNames)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: "memory", ca: ca, byID: map[string]*Identity{}}
	for _, i := range ids {
		s.byID[i.Name()] = i
	}
	s.names = slices.Sorted(maps.Keys(s.byID))
	return s, nil
}
