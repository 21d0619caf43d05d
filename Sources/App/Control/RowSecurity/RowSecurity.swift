internal import Concurrency
public import Config
internal import Crypto
internal import Domain
internal import Flows
internal import Standards
internal import Storage
internal import StoragePostgres

/// What can be done about the schema that teams' own row-level security policies use.
public enum RowSecurityOrder: Sendable {
    case install
    case dismiss
    case rotate(atOnce: Bool)
}

/// Changes the schema `aldrava` by a connection of the command's own, whether a server runs or not: its role needs to own
/// the schema, and the server's does not.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when the database or the master key cannot be had.
public func changeRowSecurity(_ order: RowSecurityOrder, realm: String, _ config: Config) throws -> ControlReply {
    guard config.databaseURL != nil else { return refusal(.unsupported) }
    guard let realm = RealmName(realm) else { return noSuchRealm(realm) }
    return try runToCompletion {
        let store = try await Premises.openStore(config)
        let reply: Result<ControlReply, any Error>
        do { reply = .success(try await change(order, realm, config, store)) } catch { reply = .failure(error) }
        await store.close()
        return try reply.get()
    }
}

/// The statements of `install` without the key, to be read before.
public func rowSecurityStatements() -> ControlReply {
    let text = PostgresStore.identitySchema.map { "\($0);" }.joined(separator: "\n\n")
    return ControlReply(
        .done, "The key is no statement: 'aldrava rls install' runs these and adds it.", output: text)
}

private func change(
    _ order: RowSecurityOrder, _ realm: RealmName, _ config: Config, _ store: any Store
) async throws -> ControlReply {
    if try await UseCases.isFresh(store) {
        throw StartFault.configuration("The database is empty: start the server once, so that it has a master key.")
    }
    let capabilities = Capabilities(
        now: Clock.now, monotonic: Clock.monotonic, random: { Random.bytes($0) },
        pause: { _ throws(CancellationError) in throw CancellationError() }, report: { _ in })
    let master = try await MasterKeyFile.key(config, for: store, { _ in })
    let change: ChangeRowSecurity
    do throws(OpenFault) {
        change = try await ChangeRowSecurity(
            store: store, master: master, capabilities: capabilities, node: config.node)
    } catch { throw StartFault.opening(error) }
    do throws(StoreFault) {
        switch order {
        case .install:
            return reply(
                try await change.install(admitting: realm), realm,
                done: """
                    The schema 'aldrava' is ready, and believes tokens of the realm '\(realm)'.
                    A policy may now ask (SELECT aldrava.user_id()); see docs/ROW-LEVEL-SECURITY.md.
                    """)
        case .dismiss:
            return reply(
                try await change.dismiss(realm), realm, done: "Tokens of the realm '\(realm)' are believed no more.")
        case .rotate(let atOnce):
            let end =
                atOnce
                ? "Tokens of the key before are refused from now on."
                : "Tokens of the key before are believed until they expire."
            return reply(try await change.rotate(atOnce: atOnce), realm, done: "Database tokens have a new key. \(end)")
        }
    } catch { throw StartFault.database(error) }
}

private func reply(_ outcome: ChangeRowSecurity.Outcome, _ realm: RealmName, done: String) -> ControlReply {
    switch outcome {
    case .done(let isNew): ControlReply(.done, done, ["changed": .bool(isNew), "realm": .string(realm.text)])
    case .refused(let state): refusal(state)
    case .noSuchRealm: noSuchRealm(realm.text)
    case .ofAnother:
        ControlReply(
            .refused,
            "The schema 'aldrava' of this database believes another Aldrava. Where that one is gone, 'DROP SCHEMA aldrava CASCADE' makes room; the policies that use it go too.",
            ["code": "schema_of_another"])
    }
}

private func noSuchRealm(_ realm: String) -> ControlReply {
    ControlReply(.refused, "There is no realm '\(realm)'.", ["code": "no_such_realm"])
}

private func refusal(_ state: IdentitySchema.State) -> ControlReply {
    switch state {
    case .unsupported:
        ControlReply(
            .refused, "Only PostgreSQL has row-level security; this database is SQLite.", ["code": "not_postgresql"])
    case .absent, .present:
        ControlReply(
            .refused, "The schema is not there yet; see 'aldrava rls install --help'.", ["code": "not_installed"])
    case .forbidden(let role):
        ControlReply(
            .refused,
            """
            The database role '\(role)' may not make schemas. Let somebody who may run this once, and try again:
              CREATE SCHEMA aldrava AUTHORIZATION \(quoted(role));
            """, ["code": "may_not_make_schemas", "role": .string(role)])
    case .foreign(let owner):
        ControlReply(
            .refused,
            "The schema 'aldrava' belongs to the role '\(owner)'. Run this with a database URL of that role, or give the schema to the role of this one.",
            ["code": "schema_of_another_role", "owner": .string(owner)])
    }
}

private func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
