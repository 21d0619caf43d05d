internal import Glibc
internal import Storage

extension ConnectionPool {
    /// Runs `body` in a transaction, again where another transaction or a lost connection undid it.
    ///
    /// A lost connection is replaced once. Lost during COMMIT, nobody knows whether the change was made;
    /// that is said, and never tried again.
    func transact<Value>(
        _ kind: TransactionKind, in scope: StoreScope = .server, _ body: (Attempt) throws(StoreFault) -> Value
    ) throws(StoreFault) -> Value {
        var reused = takeIdle()
        var conflicts: UInt32 = 0
        var mayReconnect = true
        while true {
            let connection: Connection
            if let idle = reused {
                connection = idle
            } else {
                do { connection = try connect() } catch { throw error.fault }
            }
            reused = nil
            switch attempt(kind, in: scope, on: connection, body) {
            case .done(let value):
                giveBack(connection)
                return value
            case .refused(let fault):
                giveBack(connection)
                throw fault
            case .failed(let failure):
                switch failure.consequence {
                case .conflict where conflicts < 4:
                    conflicts += 1
                    // At once, it would often overtake the other transaction and meet it again.
                    usleep(10_000 * conflicts)
                    reused = connection.isUsable ? connection : nil
                case .disconnected where mayReconnect:
                    mayReconnect = false
                case .conflict, .disconnected, .rolledBack:
                    giveBack(connection)
                    throw failure.fault
                }
            }
        }
    }

    /// Outside of any transaction, as VACUUM has to be.
    func vacuum() throws(StoreFault) {
        let connection: Connection
        if let idle = takeIdle() {
            connection = idle
        } else {
            do { connection = try connect() } catch { throw error.fault }
        }
        defer { giveBack(connection) }
        // All that ``StoreTransaction/erase(user:realm:)`` takes from; a test asks the database.
        let statement = Connection.Statement(
            text: """
                VACUUM users, passwords, sessions, user_roles, user_permissions, subject_keys, consents, inactivity_warnings, profiles, \
                profile_unique, account_tokens, account_endings, mail, access_links, organisation_members, impersonations, \
                break_glass_user
                """, values: [])
        do { _ = try connection.exchange([statement], until: .now + .seconds(600)) } catch { throw error.fault }
    }

    private enum Outcome<Value> {
        case done(Value)
        /// The body threw by its own decision, or the outcome is not known; not to be tried again.
        case refused(StoreFault)
        case failed(Failure)
    }

    private func attempt<Value>(
        _ kind: TransactionKind, in scope: StoreScope, on connection: Connection,
        _ body: (Attempt) throws(StoreFault) -> Value
    ) -> Outcome<Value> {
        let attempt = Attempt(on: connection, kind, in: scope)
        let value: Value
        do {
            value = try body(attempt)
        } catch {
            attempt.rollBack()
            return attempt.failure.map { .failed($0) } ?? .refused(error)
        }
        if let failure = attempt.failure {
            attempt.rollBack()
            return .failed(failure)
        }
        if kind.isReadOnly {
            attempt.release()
            return .done(value)
        }
        do {
            try attempt.commit()
            return .done(value)
        } catch {
            guard error.consequence == .disconnected else { return .failed(error) }
            return .refused(.unavailable("the connection was lost during COMMIT, so its outcome is unknown"))
        }
    }
}
