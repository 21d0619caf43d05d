internal import Concurrency
internal import Domain
internal import Flows
internal import HTTP
internal import HTTPServer

/// Counts what clients do wrong below the level of requests, and reports each kind once per period: a flood of bad
/// connections must not become a flood of lines.
final class TroubleTally: Sendable {
    private struct Entry: Sendable {
        var count = 0
        let first: String
    }

    private static let period = Duration.seconds(10)
    private let entries = Lock<[String: Entry]>([:])

    func note(_ event: ServerEvent) {
        guard let (did, detail) = Self.words(for: event) else { return }
        entries.withLock { $0[did, default: Entry(first: detail)].count += 1 }
    }

    /// Reports until its task is cancelled.
    func reportPeriodically(on loop: EventLoop, _ report: @Sendable (SystemEvent) -> Void) async {
        while (try? await loop.sleep(for: Self.period)) != nil { self.report(report) }
    }

    func report(_ report: (SystemEvent) -> Void) {
        let noted = entries.withLock { entries in
            defer { entries = [:] }
            return entries
        }
        for (did, entry) in noted.sorted(by: { $0.key < $1.key }) {
            report(SystemEvent(.warning, did, "\(entry.count) times; the first: \(entry.first)"))
        }
    }

    /// `nil` for what happens all day: clients that leave, connections that go quiet.
    private static func words(for event: ServerEvent) -> (did: String, detail: String)? {
        switch event {
        case .acceptPaused(let fault): ("accept_paused", "\(fault)")
        case .connectionRefused(let client): ("connection_refused", "too many connections, one from \(client)")
        case .blocked(let client): ("blocked_source", "a connection from \(client), which is kept out")
        case .foreignUser(let user): ("control_refused", "user \(user) may not use the control socket")
        case .requestRefused(let refusal, let client): ("request_refused", "\(refusal.rawValue) from \(client)")
        case .handshakeFailed(let reason, let client):
            ("tls_handshake_failed", "\(Self.code(reason)) from \(client)")
        case .proxyHeaderRefused(let refusal, let client):
            ("proxy_header_refused", "\(refusal.rawValue) from \(client)")
        case .madeRoom(let client): ("connections_full", "the longest idle one was closed, from \(client)")
        case .timedOut(let patience, let client): ("timed_out", "\(patience.rawValue) from \(client)")
        case .clientLeft: nil
        }
    }

    /// OpenSSL's words as one word.
    private static func code(_ reason: String) -> String {
        String(decoding: reason.utf8.map { $0 == 0x20 ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }
}
