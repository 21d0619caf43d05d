internal import Concurrency
public import Config
internal import Glibc

/// Carries a command out: through the control socket where a server runs, otherwise here, with the folder locked.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when neither way is open.
public func carryOut(_ request: ControlRequest, _ config: Config) throws -> ControlReply {
    for _ in 0..<60 {
        if let folder = try DataFolder.take(config.data, mayMake: request.command.mayMakeDatabase) {
            return try runToCompletion {
                let premises = try await Premises.open(config, folder)
                let reply = await perform(request, premises.useCases)
                await premises.close()
                return reply
            }
        }
        do throws(ControlClient.Fault) {
            return try ControlClient(path: config.path(ControlEndpoint.socketName)).send(request)
        } catch {
            if case .noAnswer(let reason) = error {
                throw StartFault.unavailable("The server with the data folder \(config.data) \(reason).")
            }
        }
        usleep(50_000)  // whoever holds the lock is starting, stopping, or another short command
    }
    throw StartFault.unavailable(
        "Another process holds the data folder \(config.data), but nobody answers on its control socket.")
}

extension ControlCommand {
    /// Only what begins a new installation may make a data folder; for the rest, a missing one is a slip.
    fileprivate var mayMakeDatabase: Bool {
        switch self {
        case .migrate: true
        case .addUser(_, _, _, _, let makesRoles): makesRoles
        case .showUser, .setUserActive, .createRole, .createPermission, .changeGrant, .keys: false
        }
    }
}
