import Domain

/// What may happen in the explored runs. The standard ones are those in which everything is promised.
struct Circumstances {
    /// The grace, in ticks.
    var grace: Int8 = 2
    /// How old a request may be when the server decides it; older ones are lost. Less than the grace.
    var lateness: Int8 = 1
    /// How many of the owner's requests, from any tab, are on their way at once; at most 3.
    var requests = 2
    /// How many replies are on their way at once, for any time and in any order; at most 2.
    var replies = 1
    /// Nodes that keep what they have seen until they write it, or die. Without any, what is seen is written at once.
    var nodes = 0
    /// How many exchanges may overtake a request that is still on its way; `nil` for any number.
    var overtakings: Int8? = 2
    /// What the owner's client keeps where replies come out of order.
    var keeping = Keeping.newest
    var serverSide = ServerSide.absent
    var hasThief = false
    /// The newest counter of runs in which the database is restored from a copy, once; `nil` for no copies.
    var restoresUpTo: Int8?

    enum Keeping { case newest, lastToArrive }
    /// A part of the owner's client that can send the token it finds and cannot keep the one it receives.
    enum ServerSide { case absent, exchanging, exchangingAndUsing }
}

/// The rule and what the database does with its verdicts; the standard ones are the program's own.
struct RefreshRules {
    var verdict: @Sendable (Session, Counter, Timestamp, Duration, Timestamp?) -> Session.RefreshVerdict = {
        $0.verdict(presented: $1, now: $2, grace: $3, seenAt: $4)
    }
    /// What ``Storage/StoreTransaction/advance(_:from:origin:)`` leaves of the row; its contract tests hold it to this.
    var advance: @Sendable (inout FamilyState.Row) -> Void = { row in
        row.issued += 1
        row.previous = row.confirmed == FamilyState.never ? 0 : row.confirmed
        row.confirmed = FamilyState.never
    }
    /// Whether the use of an access token shows that its refresh token arrived.
    var isUseSeen = true
}

/// One step of somebody.
enum Move: Hashable, CustomStringConvertible {
    case tick
    case send, sendFromServerSide
    case loseRequest(Int)
    case decide(Int, node: Int, isAnswerLost: Bool)
    case deliver(Int), loseReply(Int)
    case use(node: Int)
    case write(node: Int), die(node: Int)
    case copy, restore
    case steal, thiefExchanges(node: Int), thiefUses(node: Int)

    var description: String {
        switch self {
        case .tick: "time passes"
        case .send: "a tab sends the token that is kept"
        case .sendFromServerSide: "the server side sends the token that is kept"
        case .loseRequest: "a request is lost"
        case .decide(_, let node, let isLost): "node \(node) decides a request\(isLost ? ", its reply is lost" : "")"
        case .deliver: "a reply arrives"
        case .loseReply: "a reply is lost"
        case .use(let node): "the owner uses the access token on node \(node)"
        case .write(let node): "node \(node) writes what it has seen"
        case .die(let node): "node \(node) dies with what it has seen"
        case .copy: "the database is copied"
        case .restore: "the database is restored from the copy"
        case .steal: "the token that is kept is stolen"
        case .thiefExchanges(let node): "the thief exchanges its token on node \(node)"
        case .thiefUses(let node): "the thief uses its access token on node \(node)"
        }
    }
}

/// What must never happen.
enum Violation: Hashable {
    /// The owner alone was taken for a thief.
    case ownerSignedOut
    /// A token was answered although another's use of a newer one was on record for the grace or longer.
    case thiefNotFound
    /// The database issued more than one token beyond the one that is kept.
    case counterRanAhead
}
