internal import Config
internal import Flows
internal import Standards
internal import Storage

/// What the doctor asks of whoever has the database open.
enum DoctorCommand: Sendable {
    case examine
    /// A probe of that name will come.
    case expect(String)
    /// What that probe looked like.
    case seen(String)
}

extension ControlCommand {
    static func doctor(_ command: DoctorCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension DoctorCommand: ControlTopic {
    static let name = "doctor"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .examine: ("examine", [])
        case .expect(let name): ("expect", [JSON.Member("name", .string(name))])
        case .seen(let name): ("seen", [JSON.Member("name", .string(name))])
        }
    }

    var need: CommandNeed { .local }

    init?(word: String, _ json: JSON) {
        switch (word, json["name"]?.string) {
        case ("examine", nil): self = .examine
        case ("expect", let name?): self = .expect(name)
        case ("seen", let name?): self = .seen(name)
        default: return nil
        }
    }

    /// The whole database is read.
    var patience: Int { 3_600 }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        switch self {
        case .examine:
            let findings =
                Doctor.localFindings(premises.config)
                + (try await RunningChecks.all(premises, isServing: premises.isServing))
            return ControlReply(
                .done, "",
                [
                    "version": .string(Product.version), "public_url": .string(premises.config.publicURL),
                    "addresses": .array(
                        premises.config.listenPoints.map {
                            .string("\($0.isTLS ? "https" : "http")://\($0.address)")
                        }),
                    "trusts_proxies": .bool(
                        !premises.config.trustedProxies.isEmpty || premises.config.listen?.isSocket == true),
                    "findings": .array(findings.map(\.json)),
                ])
        case .expect(let name):
            premises.probes.expect(name)
            return ControlReply(.done, "")
        case .seen(let name):
            return ControlReply(.done, "", ["seen": premises.probes.take(name)?.json ?? .null])
        }
    }
}
