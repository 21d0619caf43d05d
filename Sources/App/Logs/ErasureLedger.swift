internal import Concurrency
internal import Domain
internal import Glibc
internal import Standards
internal import Storage

/// Whom this server's files have forgotten, in `erasures.jsonl`: ids and times, nothing else.
///
/// It also tells whom a restored backup has brought back. All calls block.
final class ErasureLedger: Sendable {
    static let name = "erasures.jsonl"

    struct Entry: Hashable, Sendable {
        let user: ID<User>
        let realm: RealmName
    }

    private let file: LineFile
    private let state: Lock<(known: Set<Entry>, last: Int64)>

    init(_ path: String) throws(File.Fault) {
        file = try LineFile(path)
        var known: Set<Entry> = []
        var last: Int64 = 0
        let reader = try LogLineReader(path)
        while let line = try reader.next() {
            guard let json = try? JSON.parse(line), let user = json["user_id"]?.string.flatMap({ ID<User>($0) }),
                let realm = json["realm"]?.string.flatMap(RealmName.init)
            else { continue }
            known.insert(Entry(user: user, realm: realm))
            last = max(last, json["sequence"]?.integer ?? 0)
        }
        state = Lock((known, last))
    }

    var known: Set<Entry> { state.withLock { $0.known } }
    /// The greatest sequence that was noted.
    var last: Int64 { state.withLock { $0.last } }

    func note(_ erasures: [Erasure], at now: Timestamp) throws(File.Fault) {
        var lines: [UInt8] = []
        for erasure in erasures {
            let json: JSON = [
                "sequence": .integer(erasure.sequence), "realm": .string(erasure.realm.text),
                "user_id": .string(erasure.user.text), "erased_at": .string(erasure.erasedAt.iso8601),
            ]
            lines += json.bytes + [0x0A]
        }
        try file.append(lines, at: now)
        state.withLock { state in
            for erasure in erasures {
                state.known.insert(Entry(user: erasure.user, realm: erasure.realm))
                state.last = max(state.last, erasure.sequence)
            }
        }
    }
}
