public import Domain
internal import Standards
internal import Storage

/// Which events somebody wants to see; every field that is given must agree.
///
/// What is sealed per person (names, addresses, user agents) is not among the fields: the database cannot read it.
public struct EventFilter: Hashable, Sendable {
    /// A username, a user's id, `system` or `unknown`.
    public var who: String?
    public var did: String?
    public var status: Bool?
    public var confirmedBy: String?
    public var ifOK: String?
    public var ifDoubt: String?
    public var ifNot: String?
    /// `event` or `document`.
    public var kind: String?
    /// Who wrote it, where that was not this server.
    public var application: String?
    public var request: String?
    public var session: String?
    /// Inclusive.
    public var from: Timestamp?
    /// Exclusive.
    public var to: Timestamp?

    public init(
        who: String? = nil, did: String? = nil, status: Bool? = nil, confirmedBy: String? = nil, ifOK: String? = nil,
        ifDoubt: String? = nil, ifNot: String? = nil, kind: String? = nil, application: String? = nil,
        request: String? = nil, session: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil
    ) {
        self.who = who
        self.did = did
        self.status = status
        self.confirmedBy = confirmedBy
        self.ifOK = ifOK
        self.ifDoubt = ifDoubt
        self.ifNot = ifNot
        self.kind = kind
        self.application = application
        self.request = request
        self.session = session
        self.from = from
        self.to = to
    }

    /// Everything a row must agree with, once it is known whom `who` means.
    struct Resolved: Sendable {
        fileprivate let filter: EventFilter
        fileprivate let actor: Actor?
    }

    fileprivate enum Actor: Hashable, Sendable {
        case user(ID<User>)
        case system
        case unknown
        /// A name that nobody has.
        case nobody
    }

    func resolve(in realm: RealmName, _ reader: any StoreReader) throws(StoreFault) -> Resolved {
        guard let who else { return Resolved(filter: self, actor: nil) }
        switch who {
        case "system": return Resolved(filter: self, actor: .system)
        case "unknown": return Resolved(filter: self, actor: .unknown)
        default:
            let id = who.hasPrefix("erased:") ? String(who.dropFirst("erased:".count)) : who
            if let user = ID<User>(id) { return Resolved(filter: self, actor: .user(user)) }
            guard case .success(let name) = Username.parse(who),
                let user = try reader.user(usernameKey: name.key, realm: realm)
            else { return Resolved(filter: self, actor: .nobody) }
            return Resolved(filter: self, actor: .user(user.id))
        }
    }
}

extension EventFilter.Resolved {
    /// The field that leaves the fewest events, for the database to search by.
    var key: EventKey? {
        if let request = filter.request { return .request(request) }
        if let session = filter.session { return .session(session) }
        if case .user(let id) = actor { return .actor(id) }
        if let kind = filter.kind, kind != EventLabels.ordinaryKind { return .kind(kind) }
        if let application = filter.application { return .application(application) }
        if let did = filter.did { return .did(did) }
        if filter.status == false { return .refused }
        if let confirmedBy = filter.confirmedBy { return .confirmedBy(confirmedBy) }
        if let ifNot = filter.ifNot { return .ifNot(ifNot) }
        if let ifDoubt = filter.ifDoubt { return .ifDoubt(ifDoubt) }
        if let ifOK = filter.ifOK { return .ifOK(ifOK) }
        return nil
    }

    /// Nothing can match, so nothing needs to be read.
    var isEmpty: Bool { actor == .nobody }

    var from: Timestamp? { filter.from }
    var to: Timestamp? { filter.to }

    /// The same for two filters only where both agree with the same events of that realm.
    ///
    /// Bytes and not a `Hashable` value, because text that counts as equal in Swift may differ in its bytes, which is
    /// what ``matches(_:)`` compares.
    func words(in realm: RealmName) -> [UInt8] {
        var words: [UInt8] = []
        func add(_ text: String?) {
            let count = UInt64(text.map { $0.utf8.count + 1 } ?? 0)
            for shift in stride(from: 56, through: 0, by: -8) {
                words.append(UInt8(truncatingIfNeeded: count >> shift))
            }
            if let text { words += text.utf8 }
        }
        add(realm.text)
        for text in [
            filter.did, filter.confirmedBy, filter.ifOK, filter.ifDoubt, filter.ifNot, filter.kind, filter.application,
            filter.request, filter.session,
        ] { add(text) }
        add(filter.status.map { $0 ? "1" : "0" })
        for time in [filter.from, filter.to] { add(time.map { "\($0.milliseconds)" }) }
        switch actor {
        case nil: add(nil)
        case .user(let id): add("user \(id.text)")
        case .system: add("system")
        case .unknown: add("unknown")
        case .nobody: add("nobody")
        }
        return words
    }

    func matches(_ event: Event) -> Bool {
        if let from = filter.from, event.time < from { return false }
        if let to = filter.to, event.time >= to { return false }
        if let status = filter.status, event.status != status { return false }
        guard Self.agrees(filter.did, event.did), Self.agrees(filter.confirmedBy, event.confirmedBy),
            Self.agrees(filter.ifOK, event.consequences.ifOK),
            Self.agrees(filter.ifDoubt, event.consequences.ifDoubt),
            Self.agrees(filter.ifNot, event.consequences.ifNot), agreesWithActor(event)
        else { return false }
        return agreesWithDetails(event)
    }

    private func agreesWithActor(_ event: Event) -> Bool {
        let isUnknown = event.personal.contains { $0.subject == .nobody }
        switch actor {
        case nil: return true
        case .user(let id): return event.actor == id
        case .system: return event.actor == nil && !isUnknown
        case .unknown: return event.actor == nil && isUnknown
        case .nobody: return false
        }
    }

    private func agreesWithDetails(_ event: Event) -> Bool {
        let wanted = [
            ("kind", filter.kind, EventLabels.ordinaryKind), ("application", filter.application, ""),
            ("request_id", filter.request, ""), ("session", filter.session, ""),
        ]
        guard wanted.contains(where: { $0.1 != nil }) else { return true }
        let details = try? JSON.parse(event.details)
        return wanted.allSatisfy { name, value, usual in Self.agrees(value, details?[name]?.string ?? usual) }
    }

    /// Byte by byte, as the database compares.
    private static func agrees(_ wanted: String?, _ text: String) -> Bool {
        wanted.map { $0.utf8.elementsEqual(text.utf8) } ?? true
    }
}
