// Flows: the use cases, one file each, and the outcomes they can have.
//
// A flow is a struct with the powers it needs as fields and one `callAsFunction`. It decides with
// `Domain`'s rules, keeps with `Storage`, and returns: a refusal is a value, only a failing database
// throws. JSON, pages and the command line all stand on these, so a rule exists once.
// Start with `Sessions/Refresh.swift`; `UseCases.swift` is the list of everything there is.
