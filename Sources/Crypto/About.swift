// Crypto: the only importer of libsodium, libxcrypt and libargon2, and of OpenSSL's libcrypto. One file per family of
// primitives; `Passwords/` holds stored hashes, ours and other systems'.
//
// Nothing here decides anything: keys, nonces and salts come in as arguments, bytes come out, and what a failure
// means is the caller's business. Blocking work (`PasswordHash`, `StoredHash`) belongs on a `ThreadPool`.
// Start with `ES256.swift` (signatures) and `PasswordHash.swift`; every primitive has known answers in
// `Tests/Vectors`.
