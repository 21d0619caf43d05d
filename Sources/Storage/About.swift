// Storage: what Aldrava asks of a database, and nothing that knows SQL.
//
// One protocol in two halves: `StoreReader` for what can be asked, `StoreTransaction` for what can be
// changed. Start with `Store.swift`; the contract every implementation must pass is in `Tests/StorageTests`.
