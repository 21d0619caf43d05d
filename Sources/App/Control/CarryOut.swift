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
        if let folder = try DataFolder.take(config.data, mayMake: request.command.topic.mayMakeDatabase) {
            return try runToCompletion {
                let premises = try await Premises.open(config, folder)
                let reply = await request.perform(premises)
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
