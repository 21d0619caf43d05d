public import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be asked about tokens.
public enum TokenCommand: Sendable {
    case inspect(Secret)
}

extension ControlCommand {
    public static func token(_ command: TokenCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension TokenCommand: ControlTopic {
    static let name = "token"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .inspect(let token):
            ("inspect", [JSON.Member("token", .string(String(decoding: token.exposed, as: UTF8.self)))])
        }
    }

    var need: CommandNeed { .right(.sessionsRead) }

    init?(word: String, _ json: JSON) {
        switch word {
        case "inspect":
            guard let token = json["token"]?.string else { return nil }
            self = .inspect(Secret(utf8: token))
        default: return nil
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        switch self {
        case .inspect(let token):
            let text = String(decoding: token.exposed, as: UTF8.self)
            return ControlReply(try await premises.useCases.inspectToken(text, in: realm))
        }
    }
}

extension ControlReply {
    /// What a command that judges something says about it; `nil` for all others.
    public var isAccepted: Bool? { result["accepted"]?.bool }

    fileprivate init(_ report: InspectToken.Report) {
        let verdict = VerdictWords(report.verdict, at: report.now)
        var lines = [verdict.sentence]
        var members = [
            JSON.Member("accepted", .bool(verdict.isAccepted)), JSON.Member("code", .string(verdict.code)),
            JSON.Member("reason", .string(verdict.sentence)),
        ]
        switch report.content {
        case .access(let header, let claims):
            lines += ["", "Access token", "header: \(header.text)"]
            lines += (claims.members ?? []).map { member in
                let moment = ["exp", "iat", "nbf"].contains(member.name) ? member.value.integer : nil
                let words = moment.flatMap { Timestamp(seconds: $0) }.map { " (\(Moment.words($0, at: report.now)))" }
                return "\(TerminalText.escaped(member.name)): \(member.value.text)\(words ?? "")"
            }
            members += [
                JSON.Member("kind", "access"), JSON.Member("header", header), JSON.Member("claims", claims),
            ]
        case .refresh(let session, let counter):
            lines += ["", "Refresh token", "session: \(session)", "counter: \(counter)"]
            members += [
                JSON.Member("kind", "refresh"), JSON.Member("session_id", .string(session.text)),
                JSON.Member("counter", .integer(counter)),
            ]
        case .neither: members.append(JSON.Member("kind", .null))
        }
        if let named = report.session {
            let session = named.session
            lines += [
                "", "Session \(session.id)", "user: \(named.user.username) (\(named.user.id))",
                "begun: \(Moment.words(session.createdAt, at: report.now))",
                "last activity: \(Moment.words(session.lastActivityAt, at: report.now))",
                "ends unused: \(Moment.words(session.idleEnd, at: report.now))",
                "ends at the latest: \(Moment.words(session.absoluteEnd, at: report.now))",
                "newest counter: \(session.issued.value)",
            ]
            if let end = session.endedAt {
                lines.append("ended: \(Moment.words(end, at: report.now)), \(named.endReason?.rawValue ?? "unknown")")
            }
            members.append(
                JSON.Member(
                    "session",
                    [
                        "id": .string(session.id.text), "user_id": .string(session.user.text),
                        "username": .string(named.user.username.text), "user_active": .bool(named.user.isActive),
                        "created_at": .string(session.createdAt.iso8601),
                        "last_activity_at": .string(session.lastActivityAt.iso8601),
                        "idle_end": .string(session.idleEnd.iso8601),
                        "absolute_end": .string(session.absoluteEnd.iso8601),
                        "ended_at": session.endedAt.map { .string($0.iso8601) } ?? .null,
                        "end_reason": named.endReason.map { .string($0.rawValue) } ?? .null,
                        "counter": .integer(session.issued.value),
                    ]))
        }
        self.init(.done, lines.joined(separator: "\n"), .object(members))
    }
}
