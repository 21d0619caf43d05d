internal import Concurrency
public import Config
internal import Glibc

/// Carries a command out: through the control socket where a server runs, otherwise here, with the folder locked.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when neither way is open.
public func carryOut(_ request: ControlRequest, _ config: Config) throws -> ControlReply {
    try withControl(config, mayMake: request.command.topic.mayMakeDatabase) { try $0(request) }
}

/// Carries out as many commands as `body` asks for, without opening the database for each.
///
/// Blocks; for the command line's main thread.
///
/// - Parameter mayMake: whether a missing data folder is made.
/// - Throws: ``StartFault`` when neither a server nor the folder can be had, or whatever `body` threw.
public func withControl<Value>(
    _ config: Config, mayMake: Bool = false, _ body: ((ControlRequest) throws -> ControlReply) throws -> Value
) throws -> Value {
    for _ in 0..<60 {
        if let folder = try DataFolder.take(config.data, mayMake: mayMake) {
            let premises = try runToCompletion { try await Premises.open(config, folder) }
            let result: Result<Value, any Error>
            do {
                result = .success(
                    try body { request in try runToCompletion { await request.perform(premises) } })
            } catch { result = .failure(error) }
            try runToCompletion { await premises.close() }
            return try result.get()
        }
        if try answers(config) { return try body { try ask($0, config) } }
        usleep(50_000)  // whoever holds the lock is starting, stopping, or another short command
    }
    throw StartFault.unavailable(
        "Another process holds the data folder \(config.data), but nobody answers on its control socket.")
}

/// Whether somebody listens on the control socket.
private func answers(_ config: Config) throws -> Bool {
    do throws(ControlClient.Fault) {
        _ = try ControlClient(path: config.path(ControlEndpoint.socketName))
        return true
    } catch {
        if case .noAnswer(let reason) = error { throw StartFault.silent(config, reason) }
        return false
    }
}

private func ask(_ request: ControlRequest, _ config: Config) throws -> ControlReply {
    do throws(ControlClient.Fault) {
        return try ControlClient(
            path: config.path(ControlEndpoint.socketName), timeout: request.command.topic.patience
        ).send(request)
    } catch {
        switch error {
        case .noServer: throw StartFault.silent(config, "has stopped")
        case .noAnswer(let reason): throw StartFault.silent(config, reason)
        }
    }
}

extension StartFault {
    /// `reason` completes "the server …".
    fileprivate static func silent(_ config: Config, _ reason: String) -> StartFault {
        .unavailable("The server with the data folder \(config.data) \(reason).")
    }
}
