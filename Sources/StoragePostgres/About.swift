// StoragePostgres: the store for more than one node. Every query is in StorageSQL; here is how it travels.
//
// Start with `PostgresStore.swift`, then `ConnectionPool+Transact.swift` (what is tried again and what never is)
// and `Attempt.swift` (one BEGIN … COMMIT). `Rotations.swift` lets what happens most share commits. `Connection.swift` is the only place that talks to the server.
