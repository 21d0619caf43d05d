// HTTP: requests and responses as values, and the strict parser that makes them. No sockets, no clock, no other module.
//
// Start with `RequestParser.swift`: bytes in, steps out. `RequestHead.swift` holds the rules about header
// fields that decide where a message ends (RFC 9112 §6), `Refusal.swift` every reason to say no. The rest are
// values around them: `Headers`, `Request`, `Response`, `Router`, `FormFields`, `IPAddress`, `CORSPolicy`.
