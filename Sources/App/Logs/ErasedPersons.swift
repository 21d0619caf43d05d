internal import Domain
internal import Flows
internal import Standards

/// Whom the logs must not know any more, and how lines are told that speak of them.
struct ErasedPersons: Sendable {
    /// As they stand in lines.
    private let ids: [[UInt8]]
    /// Requests that they made.
    private let requests: Set<[UInt8]>
    /// Address and device of lines that are certainly theirs.
    private var origins: Set<[UInt8]> = []

    init(_ users: [ID<User>], requests: Set<[UInt8]> = []) {
        ids = users.map { Array($0.text.utf8) }
        self.requests = requests
    }

    /// Also knows what comes from the same places with the same devices, where it is tied to nobody: what they sent before
    /// they signed in.
    func with(_ origins: Set<[UInt8]>) -> ErasedPersons {
        var persons = self
        persons.origins = origins
        return persons
    }

    /// Where an access line came from, if it is certainly theirs.
    func origin(of line: [UInt8]) -> [UInt8]? { isTheirs(line) ? Self.origin(line) : nil }

    private static func origin(_ line: [UInt8]) -> [UInt8]? {
        guard let client = line.value(behind: self.client), let place = line.place(of: device) else { return nil }
        return client + [0x0A] + line[place...]
    }

    private func isTheirs(_ line: [UInt8]) -> Bool {
        if ids.contains(where: { line.holds(mark: $0) }) { return true }
        guard !requests.isEmpty, !line.holds(mark: Self.user) else { return false }
        return line.value(behind: Self.request).map { requests.contains($0) } ?? false
    }

    /// Whether a line of the audit speaks of one of them.
    func isMeant(by line: [UInt8]) -> Bool { ids.contains { line.holds(mark: $0) } }

    /// An access line without address and device, where it is one of theirs.
    func access(_ line: [UInt8]) -> [UInt8]? {
        let isAlike =
            !origins.isEmpty && !line.holds(mark: Self.user)
            && Self.origin(line).map { origins.contains($0) } ?? false
        guard isAlike || isTheirs(line) else { return nil }
        guard let members = (try? JSON.parse(line))?.members else { return Array("{}".utf8) }
        return JSON.object(
            members.map { member in
                ["client", "user_agent"].contains(member.name) ? JSON.Member(member.name, .string("")) : member
            }
        ).bytes
    }

    /// An event's line of which the database knows nothing: what is not personal of it.
    static func stripped(_ line: [UInt8]) -> [UInt8] {
        guard let json = try? JSON.parse(line), let members = json.members else { return Array("{}".utf8) }
        let kept = ["event", "realm", "node", "user_id", "target"]
        return JSON.object(
            members.map { member in
                switch member.name {
                case "who": JSON.Member("who", .string("erased"))
                case "this":
                    JSON.Member("this", .object((member.value.members ?? []).filter { kept.contains($0.name) }))
                default: member
                }
            }
        ).bytes
    }

    private static let user = Array("\"user_id\":\"".utf8)
    private static let request = Array("\"request_id\":\"".utf8)
    private static let client = Array("\"client\":\"".utf8)
    /// The last member of a line.
    private static let device = Array("\"user_agent\":".utf8)
}

extension [UInt8] {
    fileprivate func place(of mark: [UInt8]) -> Int? {
        guard let first = mark.first, count >= mark.count else { return nil }
        var start = 0
        let last = count - mark.count
        while start <= last {
            guard let found = self[start...last].firstIndex(of: first) else { return nil }
            if self[found..<(found + mark.count)].elementsEqual(mark) { return found }
            start = found + 1
        }
        return nil
    }

    fileprivate func holds(mark: [UInt8]) -> Bool { place(of: mark) != nil }

    /// What stands between a mark and the next quotation mark.
    fileprivate func value(behind mark: [UInt8]) -> [UInt8]? {
        guard let place = place(of: mark) else { return nil }
        return Array(self[(place + mark.count)...].prefix { $0 != UInt8(ascii: "\"") })
    }
}
