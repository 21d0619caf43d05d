// Domain: values and rules. No clock, no randomness, no bytes on disk, no `await`, no imports.
//
// Every rule is "state in, verdict out"; time and chance are arguments. Start with `Session.swift`
// (the refresh rule), then `Event.swift` (what an audit event is and the bytes its proof covers).
