internal import Config
internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about mail that waits to be sent.
public enum MailCommand: Sendable {
    /// Writes a letter and waits for what becomes of it.
    case test(address: String, language: String?)
    /// Of one state where one is named.
    case list(state: String?, PageRequest)
    case retry(String)
    case retryDead
}

extension ControlCommand {
    public static func mail(_ command: MailCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension MailCommand: ControlTopic {
    static let name = "mail"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .test(let address, let language):
            (
                "test",
                [
                    JSON.Member("address", .string(address)),
                    JSON.Member("language", language.map { .string($0) } ?? .null),
                ]
            )
        case .list(let state, let page):
            ("list", [JSON.Member("state", state.map { .string($0) } ?? .null)] + page.members)
        case .retry(let id): ("retry", [JSON.Member("id", .string(id))])
        case .retryDead: ("retry_dead", [])
        }
    }

    var need: CommandNeed {
        switch self {
        case .test: .right(.mailWrite)
        // Letters of every realm.
        case .list: .operators(.mailRead)
        case .retry, .retryDead: .operators(.mailWrite)
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "test":
            guard let address = json["address"]?.string else { return nil }
            self = .test(address: address, language: json["language"]?.string)
        case "list":
            guard let page = PageRequest(json) else { return nil }
            self = .list(state: json["state"]?.string, page)
        case "retry":
            guard let id = json["id"]?.string else { return nil }
            self = .retry(id)
        case "retry_dead": self = .retryDead
        default: return nil
        }
    }

    /// Handing a letter over may take its time.
    var patience: Int { 150 }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let mail = premises.useCases.mail
        switch self {
        case .test(let address, let tag):
            let language = tag.flatMap(Language.init(chosen:))
            switch try await mail.sendTest(to: address, language: language, in: realm) {
            case .notAnAddress:
                return ControlReply(.refused, "This is no e-mail address.", ["code": "invalid_address"])
            case .written(let id): return try await premises.outcome(of: id)
            }
        case .list(let state, let page):
            let before = page.after.flatMap { ID<MailItem>($0) }
            let entries = try await mail.list(
                state: state.flatMap(MailState.init(rawValue:)), before: before, limit: page.limit)
            return ControlReply(entries, next: entries.count == page.limit ? entries.last?.mail.id.text : nil)
        case .retry(let text):
            guard let id = ID<MailItem>(text), try await mail.retry(id) else {
                return ControlReply(
                    .refused, "There is no letter '\(text)' that could be tried again.", ["code": "no_such_letter"])
            }
            return ControlReply(.done, "Letter \(id) is tried again now.", ["id": .string(id.text)])
        case .retryDead:
            let count = try await mail.retry.allDead()
            return ControlReply(
                .done, "\(count == 1 ? "One letter is" : "\(count) letters are") tried again now.",
                ["count": .integer(count)])
        }
    }
}

extension Premises {
    /// Waits until a letter was sent or its first try failed; without a server, hands it over here.
    fileprivate func outcome(of id: ID<MailItem>) async throws(StoreFault) -> ControlReply {
        if !isServing {
            let route = MailRoute(config, report: capabilities.report)
            defer { route.close() }
            try await useCases.mail.deliver.now(id, through: route.sender)
        }
        let limit = capabilities.now() + config.smtpTimeout + .seconds(5)
        while true {
            if let state = try await useCases.mail.list.find(id), state.isTried || state.mail.state != .waiting {
                return reply(state)
            }
            guard capabilities.now() < limit, (try? await capabilities.pause(.milliseconds(50))) != nil else { break }
        }
        return ControlReply(
            .unavailable, "Letter \(id) waits, and no server takes it; see 'aldrava mail list'.",
            ["code": "still_waiting", "id": .string(id.text)])
    }

    private func reply(_ entry: ListMail.Entry) -> ControlReply {
        let mail = entry.mail
        let result: JSON = [
            "id": .string(mail.id.text), "state": .string(mail.state.rawValue), "error": .string(mail.lastError),
        ]
        guard mail.state == .sent else {
            return ControlReply(
                .refused, "Letter \(mail.id) was not sent: \(mail.lastError). See docs/MAIL.md for what that means.",
                result)
        }
        return ControlReply(
            .done,
            config.smtp == nil
                ? "No mail server is set (ALDRAVA_SMTP_URL): the letter lies in \(config.path(MailFolder.name)), as \(mail.id).eml."
                : "The mail server took the letter, \(mail.id). Look whether it arrives, and not among spam.", result)
    }
}

extension ListMail.Entry {
    /// Whether it failed at least once.
    fileprivate var isTried: Bool { !mail.lastError.isEmpty }

    fileprivate var json: JSON {
        [
            "id": .string(mail.id.text), "realm": .string(mail.realm.text), "kind": .string(mail.kind),
            "state": .string(mail.state.rawValue), "to": .string(maskedAddress),
            "created_at": .string(mail.createdAt.iso8601),
            "next_try_at": mail.state == .waiting ? .string(mail.nextTryAt.iso8601) : .null,
            "done_at": mail.doneAt.map { .string($0.iso8601) } ?? .null, "tries": .integer(mail.tries),
            "last_error": .string(mail.lastError),
        ]
    }
}

extension ControlReply {
    fileprivate init(_ entries: [ListMail.Entry], next: String?) {
        self.init(
            page: "mail", entries.map(\.json), next: next,
            table: Table(
                ["LETTER", "REALM", "KIND", "STATE", "TO", "CREATED", "NEXT TRY", "TRIES", "LAST ERROR"],
                entries.map {
                    [
                        $0.mail.id.text, $0.mail.realm.text, $0.mail.kind, $0.mail.state.rawValue, $0.maskedAddress,
                        $0.mail.createdAt.iso8601, $0.mail.state == .waiting ? $0.mail.nextTryAt.iso8601 : "",
                        "\($0.mail.tries)", $0.mail.lastError,
                    ]
                }), empty: "No letters.")
    }
}
