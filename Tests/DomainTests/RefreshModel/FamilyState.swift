import Domain

/// Everything that matters of one session's tokens at one moment: what the database says, what the nodes remember, what
/// the owner and the thief hold, and what is on its way.
///
/// A counter is told by its distance: where the database is never restored, the newest is always ``newest`` and what
/// lies further back than the rule can tell apart is ``longSpent``. So runs of any length have finitely many states. An
/// age counts ticks and stays where it is once the grace has passed.
struct FamilyState: Hashable {
    typealias Token = Int8
    /// Ticks since something happened; `never` where it did not.
    typealias Age = Int8

    static let newest: Token = 5
    static let longSpent: Token = 1
    static let none: Token = 0
    static let never: Age = -1

    /// On its way to the server.
    struct Request: Hashable, Comparable {
        var token: Token
        var age: Age
        var isFromServerSide: Bool

        static func < (left: Self, right: Self) -> Bool { left.number < right.number }
        var number: UInt64 { UInt64(token) | UInt64(age + 1) << 4 | (isFromServerSide ? 1 << 7 : 0) }
    }
    /// On its way back.
    struct Reply: Hashable, Comparable {
        var token: Token
        var isToServerSide: Bool

        static func < (left: Self, right: Self) -> Bool { left.number < right.number }
        var number: UInt64 { UInt64(token) | (isToServerSide ? 1 << 4 : 0) }
    }
    /// What a node has seen and not yet written.
    struct Memory: Hashable {
        var token = FamilyState.none
        var age = FamilyState.never
        var isOfThief = false

        var number: UInt64 { UInt64(token) | UInt64(age + 1) << 4 | (isOfThief ? 1 << 7 : 0) }
    }
    /// The session's row.
    struct Row: Hashable {
        var issued: Token
        var confirmed = FamilyState.never
        var previous = FamilyState.never

        var number: UInt64 { UInt64(issued) | UInt64(confirmed + 1) << 4 | UInt64(previous + 1) << 7 }
    }

    var row: Row
    var memories: [Memory]
    /// The newest token that the owner's client keeps, common to all its tabs.
    var kept: Token
    var requests: [Request] = []
    var replies: [Reply] = []
    var backup: Row?
    var isRestored = false
    var isEnded = false

    /// `none` until something was stolen.
    var thief = FamilyState.none
    /// The thief was answered for a token that the owner had gone beyond: within the grace.
    var isThiefInside = false
    /// How long ago the owner's use of a token newer than the thief's came to stay in the database.
    var ownerBeyond = FamilyState.never
    /// The same the other way around, and the newest token of which that is true.
    var thiefBeyond = FamilyState.never
    var thiefProven = FamilyState.none
    var thiefProvenAge = FamilyState.never

    init(nodes: Int) {
        row = Row(issued: Self.newest)
        memories = Array(repeating: Memory(), count: nodes)
        kept = Self.newest
    }

    /// The same for equal states, another one for any other: two words are compared quicker than arrays.
    var key: Key {
        var key = Key()
        key.add(row.number, bits: 10)
        key.add(UInt64(kept), bits: 4)
        key.add(isEnded ? 1 : 0, bits: 1)
        key.add(UInt64(requests.count), bits: 2)
        for index in requests.indices { key.add(requests[index].number, bits: 8) }
        key.add(UInt64(replies.count), bits: 2)
        for index in replies.indices { key.add(replies[index].number, bits: 5) }
        for index in memories.indices { key.add(memories[index].number, bits: 8) }
        key.add(isRestored ? 1 : 0, bits: 1)
        key.add(backup == nil ? 0 : 1, bits: 1)
        if let backup { key.add(backup.number, bits: 10) }
        key.add(isThiefInside ? 1 : 0, bits: 1)
        for token in [thief, thiefProven] { key.add(UInt64(token), bits: 4) }
        for age in [ownerBeyond, thiefBeyond, thiefProvenAge] { key.add(UInt64(age + 1), bits: 3) }
        return key
    }

    struct Key: Hashable {
        private var low: UInt64 = 0
        private var high: UInt64 = 0
        private var used: UInt64 = 0

        mutating func add(_ value: UInt64, bits: UInt64) {
            if used < 64, used + bits > 64 { used = 64 }
            if used < 64 { low |= value << used } else { high |= value << (used - 64) }
            used += bits
        }
    }
}
