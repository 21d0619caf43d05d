// Pages: what people see in a browser. Files inside the program, and the rules under which a browser may run them.
//
// Start with `DocsPage.swift`. The files themselves are in `Sources/CAssets/docs`.
