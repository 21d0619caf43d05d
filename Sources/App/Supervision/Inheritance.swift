internal import Flows
internal import HTTP
internal import HTTPServer

/// What a server is given by the process that it was forked from.
struct Inheritance: Sendable {
    /// Bound already; the server accepts from them.
    let sockets: [PublicSocket]
    let journal: RequestJournal
    let parent: ParentLine
    /// Whether its parent, or the program before that, has had a server before.
    let follows: Bool
    /// What happened before this server, for the log.
    let untold: [SystemEvent]
    let trap: Trap?
}
