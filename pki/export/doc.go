// Package export writes certificates in the forms that programs read: PEM, PKCS#8, PKCS#12, JSON Web Keys, a Kubernetes
// Secret, trust bundles.
//
//	form, _ := export.FormNamed("p12")
//	data, err := form.Write(export.Options{}, alice)
//	os.WriteFile(form.File(alice), data, form.Mode())
package export
