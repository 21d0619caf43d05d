internal import Concurrency
internal import HTTP
internal import HTTPServer

/// Counts what happens to connections below the level of requests.
final class ServerEventCounts: Sendable {
    /// By kind, and by the kind's reason where it has some; both are words of ours.
    private let counts = Lock<[Name: UInt64]>([:])

    struct Name: Hashable, Comparable, Sendable {
        let kind: String
        let reason: String

        static func < (left: Self, right: Self) -> Bool { (left.kind, left.reason) < (right.kind, right.reason) }
    }

    func note(_ event: ServerEvent) {
        let name = Self.name(of: event)
        counts.withLock { $0[name, default: 0] &+= 1 }
    }

    var all: [(name: Name, count: UInt64)] {
        counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func name(of event: ServerEvent) -> Name {
        switch event {
        case .acceptPaused: Name(kind: "accept_paused", reason: "")
        case .connectionRefused: Name(kind: "connection_refused", reason: "limit")
        case .blocked: Name(kind: "connection_refused", reason: "blocked_source")
        case .handshakeFailed: Name(kind: "handshake_failed", reason: "")
        case .proxyHeaderRefused(let refusal, _): Name(kind: "proxy_header_refused", reason: refusal.rawValue)
        case .madeRoom: Name(kind: "made_room", reason: "")
        case .foreignUser: Name(kind: "connection_refused", reason: "foreign_user")
        case .requestRefused(let refusal, _): Name(kind: "message_refused", reason: refusal.rawValue)
        case .timedOut(let patience, _): Name(kind: "timed_out", reason: patience.rawValue)
        case .clientLeft: Name(kind: "client_left", reason: "")
        }
    }
}
