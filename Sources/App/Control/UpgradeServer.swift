public import Config
internal import Glibc
internal import Standards

/// Lets the program on the disk take over from the one that serves the data folder, and returns when it does.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when no server runs, or none answers in the end.
public func upgradeServer(_ config: Config) throws -> ControlReply {
    let before: UpgradeState
    do throws(ControlClient.Fault) {
        before = try UpgradeState(asking: config, "POST")
    } catch {
        switch error {
        case .noServer: throw StartFault.unavailable("No server runs with the data folder \(config.data).")
        case .noAnswer(let reason):
            throw StartFault.unavailable("The server with the data folder \(config.data) \(reason).")
        }
    }
    guard let next = before.next else {
        return ControlReply(
            .refused, "Nothing was changed: \(before.refusal ?? "the server did not say why").",
            ["code": "upgrade_refused"])
    }
    // The longest that requests under way may take, and then some.
    for _ in 0..<(Int(config.shutdownGrace.components.seconds) + 60) * 20 {
        if let now = try? UpgradeState(asking: config, "GET"), now.process != before.process {
            guard !now.hasFallenBack else {
                return ControlReply(
                    .refused, "\(next) did not start; aldrava \(now.version) goes on. The system log says more.",
                    ["code": "upgrade_failed", "version": .string(now.version)])
            }
            return ControlReply(
                .done, "aldrava \(now.version) serves now.",
                ["version": .string(now.version), "version_before": .string(before.version)])
        }
        usleep(50_000)
    }
    throw StartFault.unavailable("\(next) was to take over, but no server answers.")
}

extension UpgradeState {
    fileprivate init(asking config: Config, _ method: String) throws(ControlClient.Fault) {
        let client = try ControlClient(path: config.path(ControlEndpoint.socketName))
        guard let state = UpgradeState(try client.send(method, UpgradeEndpoint.path, [])) else {
            throw .noAnswer("did not answer as agreed; is it of another version?")
        }
        self = state
    }
}
