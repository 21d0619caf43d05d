// Standards: formats and rules that somebody else wrote down, as plain functions over bytes.
//
// `JSON/` (RFC 8259, strict), `Base64URL.swift` (RFC 4648 §5), `JOSE/` (RFC 7515, 7517, 7519, 7638, 8725) and
// `Identifiers/` (usernames, mail addresses and passwords as Unicode sees them). Whatever comes from outside gives
// a value or a typed refusal, never a trap. Start with `JOSE/JWT.swift`: its refusals are the list of what a
// token can get wrong.
