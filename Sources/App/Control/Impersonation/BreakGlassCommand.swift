internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about the code that opens when nothing else does.
public enum BreakGlassCommand: String, CaseIterable, Sendable {
    case create
    case status
    case revoke
}

extension ControlCommand {
    public static func breakGlass(_ command: BreakGlassCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension BreakGlassCommand: ControlTopic {
    static let name = "break_glass"

    var wire: (word: String, members: [JSON.Member]) { (rawValue, []) }

    var need: CommandNeed { .local }

    init?(word: String, _ json: JSON) { self.init(rawValue: word) }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let flows = premises.useCases.impersonation.breakGlass
        switch self {
        case .create:
            let text = String(decoding: try await flows.create(by: actor).exposed, as: UTF8.self)
            return ControlReply(
                .done,
                """
                This is the break-glass code, shown this once. Write it down or print it, and lock it away; any code before \
                it is good for nothing now. It opens one operator session of an hour, and every operator is told.
                """, ["code": .string(text)], output: text)
        case .status:
            guard let code = try await flows.status() else {
                return ControlReply(
                    .done, "There is no break-glass code; make one with 'aldrava break-glass create'.",
                    ["state": "none"])
            }
            let members: [JSON.Member] = [
                JSON.Member("state", .string(code.usedAt == nil ? "ready" : "used")),
                JSON.Member("created_at", .string(code.createdAt.iso8601)),
                JSON.Member("used_at", code.usedAt.map { .string($0.iso8601) } ?? .null),
            ]
            let sentence =
                code.usedAt.map { "was used at \($0.iso8601); make another with 'aldrava break-glass create'" }
                ?? "is ready"
            return ControlReply(
                .done, "The break-glass code of \(code.createdAt.iso8601) \(sentence).", .object(members))
        case .revoke:
            let didRevoke = try await flows.revoke(by: actor)
            return ControlReply(
                .done,
                didRevoke
                    ? "The break-glass code is good for nothing any more." : "There was no break-glass code to revoke.",
                ["changed": .bool(didRevoke)])
        }
    }
}
