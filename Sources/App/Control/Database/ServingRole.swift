internal import Concurrency
public import Config
internal import Standards
internal import Storage

/// Brings a PostgreSQL database up to date as the owner of its tables, and lets another role serve.
///
/// Works by a connection of its own: a server that runs has the other role. Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when the database cannot be had.
public func letServe(_ role: String, _ config: Config) throws -> ControlReply {
    guard config.databaseURL != nil else {
        return ControlReply(
            .refused, "Only PostgreSQL has roles; this database is SQLite.", ["code": "not_postgresql"])
    }
    return try runToCompletion {
        let store = try await Premises.openStore(config)
        let reply: Result<ControlReply, any Error>
        do throws(StoreFault) { reply = .success(try await grant(role, store)) } catch {
            reply = .failure(StartFault.database(error))
        }
        await store.close()
        return try reply.get()
    }
}

private func grant(_ role: String, _ store: any Store) async throws(StoreFault) -> ControlReply {
    let (version, isKnown) = try await store.transaction { (tx) throws(StoreFault) in
        (try tx.schemaVersion(), try tx.grantServing(to: role))
    }
    guard isKnown else {
        return ControlReply(.refused, "The database has no role '\(role)'.", ["code": "no_such_role"])
    }
    return ControlReply(
        .done,
        "The database is at version \(version), and the role '\(role)' may serve with it.",
        ["schema_version": .integer(version), "role": .string(role)])
}
