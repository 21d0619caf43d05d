/// An operator who acts as somebody else, for a stated reason and a short time.
///
/// A class, because as many places hold one as there are requests under way: one word in each of them, and none at all for
/// everybody else.
public final class Impersonation: Sendable {
    public let id: ID<Impersonation>
    /// The operator, a person of the realm ``RealmName/system``.
    public let impersonator: ID<User>
    /// The operator's username; empty where the operator was erased.
    public let name: String
    /// The operator's own session, which it hangs on; `nil` where it was begun from the command line.
    public let session: ID<Session>?
    public let reason: String
    /// False where only safe methods are answered (RFC 9110 §9.2.1).
    public let mayWrite: Bool
    public let startedAt: Timestamp
    /// When it is over at the latest.
    public let endsAt: Timestamp
    /// The key that seals what events hold of the operator, as it is stored; `nil` where it was destroyed.
    public let wrappedKey: [UInt8]?

    public init(
        id: ID<Impersonation>, impersonator: ID<User>, name: String, session: ID<Session>?, reason: String,
        mayWrite: Bool, startedAt: Timestamp, endsAt: Timestamp, wrappedKey: [UInt8]?
    ) {
        self.id = id
        self.impersonator = impersonator
        self.name = name
        self.session = session
        self.reason = reason
        self.mayWrite = mayWrite
        self.startedAt = startedAt
        self.endsAt = endsAt
        self.wrappedKey = wrappedKey
    }

    /// In minutes.
    public static let lengths: ClosedRange<Int64> = 1...60
    /// In minutes, where nobody says how long.
    public static let standardLength: Int64 = 15
    /// How many characters a reason has.
    public static let reasonLengths: ClosedRange<Int> = 10...500
}

extension Impersonation: Hashable {
    public static func == (left: Impersonation, right: Impersonation) -> Bool { left.id == right.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// Why an impersonation is over; the raw values stand in the database and in events.
public enum ImpersonationEnd: String, CaseIterable, Sendable {
    case timeIsOver = "time_is_over"
    /// An operator ended it.
    case ended
    /// Its session ended: the person ended it, or it was signed out, or was idle for too long.
    case sessionEnded = "session_ended"
    /// The operator's own session ended.
    case operatorSignedOut = "operator_signed_out"
    /// The operator was disabled, banned or deleted.
    case operatorDisabled = "operator_disabled"
    /// The operator may not impersonate any more.
    case rightWithdrawn = "right_withdrawn"
    /// The person may not sign in any more.
    case userDisabled = "user_disabled"
    case realmDisabled = "realm_disabled"
}
