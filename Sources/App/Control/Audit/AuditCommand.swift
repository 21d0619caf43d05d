internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// A part of a realm's audit; for whoever cannot have it as a stream from the control socket.
enum AuditCommand: Sendable {
    /// The query's own realm is not looked at: it is the command's.
    case read(AuditQuery)
}

extension ControlCommand {
    static func audit(_ command: AuditCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension AuditCommand: ControlTopic {
    static let name = "audit"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .read(let query): ("read", [JSON.Member("query", query.json)])
        }
    }

    var need: CommandNeed { .right(.auditRead) }

    init?(word: String, _ json: JSON) {
        guard word == "read", let query = json["query"].flatMap(AuditQuery.init) else { return nil }
        self = .read(query)
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        switch self {
        case .read(let query):
            let source = AuditSource(query, realm: realm.name, premises.useCases.listEvents)
            let part = try await source.next(follows: false)
            let cursor = part?.position ?? query.after
            return ControlReply(
                .done, "",
                [
                    "lines": .array((part?.lines ?? []).map(\.jsonWithID)),
                    "cursor": cursor.map { .string($0.cursor) } ?? .null, "end": .bool(source.isOver),
                ])
        }
    }
}

extension ControlReply {
    /// The part of the audit that this reply is, if it is one.
    var auditPart: (lines: [AuditLine], position: EventPosition?, isLast: Bool)? {
        guard outcome == .done, let lines = result["lines"]?.array, let isLast = result["end"]?.bool else { return nil }
        return (
            lines.map { AuditLine(json: $0) }, result["cursor"]?.string.flatMap(EventPosition.init(cursor:)), isLast
        )
    }
}
