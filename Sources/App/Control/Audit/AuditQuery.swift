internal import Domain
public import Flows
internal import Standards
internal import Storage

/// What part of a realm's audit the command line asks for.
public struct AuditQuery: Sendable {
    public var realm: String
    public var filter: EventFilter
    public var extent: Extent
    /// Where an earlier answer broke off.
    var after: EventPosition?

    public enum Extent: Hashable, Sendable {
        /// Everything, oldest first.
        case all
        /// The newest so many, oldest of them first; then, if it follows, what comes after them.
        case newest(Int, follows: Bool)
    }

    public init(realm: String, filter: EventFilter, extent: Extent) {
        self.realm = realm
        self.filter = filter
        self.extent = extent
    }

    var follows: Bool { if case .newest(_, let follows) = extent { follows } else { false } }
}

extension AuditQuery {
    var json: JSON {
        var members = [JSON.Member("realm", .string(realm))]
        func add(_ name: String, _ text: String?) { if let text { members.append(JSON.Member(name, .string(text))) } }
        add("who", filter.who)
        add("did", filter.did)
        if let status = filter.status { members.append(JSON.Member("status", .bool(status))) }
        add("confirmed_by", filter.confirmedBy)
        add("if_ok", filter.ifOK)
        add("if_doubt", filter.ifDoubt)
        add("if_not", filter.ifNot)
        add("kind", filter.kind)
        add("application", filter.application)
        add("request", filter.request)
        add("session", filter.session)
        add("from", filter.from?.iso8601)
        add("to", filter.to?.iso8601)
        if case .newest(let count, let follows) = extent {
            members.append(JSON.Member("newest", .integer(Int64(count))))
            members.append(JSON.Member("follows", .bool(follows)))
        }
        add("after", after?.cursor)
        return .object(members)
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        guard let realm = json["realm"]?.string else { return nil }
        self.init(
            realm: realm,
            filter: EventFilter(
                who: json["who"]?.string, did: json["did"]?.string, status: json["status"]?.bool,
                confirmedBy: json["confirmed_by"]?.string, ifOK: json["if_ok"]?.string,
                ifDoubt: json["if_doubt"]?.string, ifNot: json["if_not"]?.string, kind: json["kind"]?.string,
                application: json["application"]?.string, request: json["request"]?.string,
                session: json["session"]?.string, from: json["from"]?.string.flatMap(Timestamp.init(iso8601:)),
                to: json["to"]?.string.flatMap(Timestamp.init(iso8601:))),
            extent: .all)
        if let newest = json["newest"]?.integer {
            guard (0...AuditQuery.mostNewest).contains(newest), let follows = json["follows"]?.bool else { return nil }
            extent = .newest(Int(newest), follows: follows)
        }
        if let text = json["after"]?.string {
            guard let position = EventPosition(cursor: text) else { return nil }
            after = position
        }
    }

    /// They are held in memory to be turned round.
    public static let mostNewest: Int64 = 10_000
}
