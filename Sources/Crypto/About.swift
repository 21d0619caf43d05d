// Crypto: the only importer of libsodium and OpenSSL's libcrypto. One file per family of primitives.
//
// Nothing here decides anything: keys, nonces and salts come in as arguments, bytes come out, and what a failure
// means is the caller's business. Blocking work (`PasswordHash`) belongs on a `ThreadPool`.
// Start with `ES256.swift` (signatures) and `PasswordHash.swift`; every primitive has known answers in
// `Tests/Vectors`.
