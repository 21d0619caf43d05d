internal import Concurrency
public import Config
internal import Domain
internal import Flows
internal import Glibc
internal import Standards
internal import Storage

/// Reads the audit for the command line, from wherever it is.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when nobody there can be asked, or whatever `tell` throws.
public func readAudit(_ query: AuditQuery, _ place: ControlPlace, tell: (AuditLine) throws -> Void) throws {
    switch place {
    case .here(let config): try readAudit(query, config, tell: tell)
    case .server(let server): try readAudit(query, server, tell: tell)
    }
}

/// One page after the other. What follows is asked for each second, also while the server cannot be reached.
private func readAudit(_ query: AuditQuery, _ server: RemoteServer, tell: (AuditLine) throws -> Void) throws {
    var query = query
    var hasBegun = false
    while true {
        let reply: ControlReply
        do throws(StartFault) {
            reply = try server.send(ControlRequest(realm: query.realm, command: .audit(.read(query))))
        } catch {
            guard query.follows, hasBegun else { throw error }
            usleep(1_000_000)
            continue
        }
        guard let part = reply.auditPart else { throw StartFault(code: reply.exitCode, description: reply.message) }
        hasBegun = true
        for line in part.lines { try tell(line) }
        query.after = part.position ?? query.after
        guard part.isLast else { continue }
        guard query.follows else { return }
        usleep(1_000_000)
    }
}

/// Reads the audit for the command line, through the control socket where a server runs, otherwise from the database.
///
/// Blocks; for the command line's main thread. A query that follows never returns: it goes on where it was when a
/// server stops and another one starts, or when the database comes back.
///
/// - Throws: ``StartFault`` when neither way is open, or whatever `tell` throws.
public func readAudit(_ query: AuditQuery, _ config: Config, tell: (AuditLine) throws -> Void) throws {
    var reading = AuditReading(query: query, config: config)
    try reading.run(tell)
}

/// One line of the audit on its way to the terminal.
public struct AuditLine: Sendable {
    let json: JSON

    /// As JSON, on one line.
    public var text: String { json.text }
}

private struct AuditReading {
    var query: AuditQuery
    let config: Config

    private enum Pass {
        case complete
        /// The server, or its database, went away before it had said everything.
        case brokenOff
        case nobody
    }

    mutating func run(_ tell: (AuditLine) throws -> Void) throws {
        for _ in 0..<60 {
            if let folder = try DataFolder.take(config.data, mayMake: false) {
                try local(folder, tell)
                return query.follows ? try follow(tell) : ()
            }
            switch try pass(tell) {
            case .complete where !query.follows: return
            case .brokenOff where !query.follows:
                throw StartFault.unavailable("The server stopped before everything was read.")
            case .complete, .brokenOff: return try follow(tell)
            case .nobody: usleep(50_000)  // whoever holds the lock is starting, stopping, or another command
            }
        }
        throw StartFault.unavailable(
            "Another process holds the data folder \(config.data), but nobody answers on its control socket.")
    }

    /// From now on only through a server: the folder's lock would be in the way of the one that starts next.
    private mutating func follow(_ tell: (AuditLine) throws -> Void) throws {
        while true {
            usleep(300_000)
            _ = try pass(tell)
        }
    }

    private mutating func local(_ folder: DataFolder, _ tell: (AuditLine) throws -> Void) throws {
        let (query, config) = (query, config)
        guard let realm = RealmName(query.realm) else { throw StartFault.refused(AuditFeed.noRealm(query.realm)) }
        let premises = try runToCompletion { try await Premises.open(config, folder) }
        defer { try? runToCompletion { await premises.close() } }
        guard try runToCompletion({ try await premises.useCases.realms.find(realm) }) != nil else {
            throw StartFault.refused(AuditFeed.noRealm(query.realm))
        }
        let source = AuditSource(query, realm: realm, premises.useCases.listEvents)
        while let part = try runToCompletion({ try await Self.next(source) }) {
            for line in part.lines { try tell(AuditLine(json: line.jsonWithID)) }
            self.query.after = part.position
        }
    }

    private static func next(_ source: AuditSource) async throws(StartFault) -> AuditSource.Part? {
        do throws(StoreFault) { return try await source.next(follows: false) } catch { throw .database(error) }
    }

    private mutating func pass(_ tell: (AuditLine) throws -> Void) throws -> Pass {
        let client: ControlClient
        do throws(ControlClient.Fault) {
            client = try ControlClient(path: config.path(ControlEndpoint.socketName))
        } catch { return .nobody }
        var isComplete = false
        var unavailable: String?
        var after = query.after
        defer { query.after = after }
        do {
            try client.lines(of: AuditFeed.path, query.json) { line throws in
                if let json = line["line"] { try tell(AuditLine(json: json)) }
                if let cursor = line["cursor"]?.string { after = EventPosition(cursor: cursor) ?? after }
                if let reason = line["error"]?.string { throw StartFault.refused(reason) }
                unavailable = line["unavailable"]?.string ?? unavailable
                if line["end"] != nil { isComplete = true }
            }
        } catch let fault as ControlClient.Fault {
            if case .noAnswer(let reason) = fault, !query.follows {
                throw StartFault.unavailable("The server with the data folder \(config.data) \(reason).")
            }
            return .brokenOff
        }
        if let unavailable, !query.follows { throw StartFault.unavailable(unavailable) }
        return isComplete ? .complete : .brokenOff
    }
}
