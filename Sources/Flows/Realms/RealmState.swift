public import Domain
public import Standards
internal import Storage

/// A realm as operators see it.
public struct RealmState: Sendable {
    public let name: RealmName
    public let document: RealmDocument
    /// The canonical URL, without a trailing slash.
    public let url: String
    /// Every member of the document with what holds, whoever said it.
    public let effective: JSON
    /// Counts up with each change; 0 for a realm that always exists and that nobody has changed.
    public let version: Int64
    /// `nil` for one that always existed.
    public let createdAt: Timestamp?
    public let updatedAt: Timestamp?

    init(_ name: RealmName, _ stored: StoredRealm?, _ base: RealmBase) {
        self.name = name
        document = stored.map(RealmDocument.init) ?? RealmDocument()
        url = base.issuer(of: name, document)
        effective = document.effective(issuer: url, over: base.rules(of: name))
        version = stored?.version ?? 0
        createdAt = name.alwaysExists ? nil : stored?.createdAt
        updatedAt = stored?.updatedAt
    }
}

extension RealmState {
    /// What its entity tag says.
    public var editVersion: EditVersion { document.editVersion(version) }
}

extension RealmDocument {
    fileprivate func editVersion(_ number: Int64) -> EditVersion {
        EditVersion(number, RealmMember.all.map { self[$0.name]?.text ?? "" })
    }

    /// What somebody else changed since a caller saw the realm; `nil` where nobody did.
    static func problems(since seen: EditVersion?, in stored: StoredRealm?) -> [FieldProblem]? {
        let document = stored.map(RealmDocument.init) ?? RealmDocument()
        return document.editVersion(stored?.version ?? 0).problems(
            against: seen, RealmMember.all.map(\.name), besides: "its settings have changed")
    }
}

extension RealmName {
    /// The default realm and the operators', which need no row.
    var alwaysExists: Bool { self == .standard || self == .system }
}

/// Why a realm was not made or changed.
public enum RealmRefusal: Sendable {
    case invalid([FieldProblem])
    case exists
    case noSuchRealm
    /// Somebody else changed it since the caller looked: which settings.
    case changedMeanwhile([FieldProblem])
    /// The idempotency key was used for something else.
    case keyReused
}

/// What became of a change of a realm.
public enum RealmOutcome: Sendable {
    /// With what differs from before.
    case done(RealmState, [RealmDifference])
    case refused(RealmRefusal)
}
