internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Refused credentials and authorisations, folded: one event per (realm, source, reason, route) and 10 seconds,
/// with a count. A flood costs memory for its distinct sources only, and never a row per request.
public final class FoldedRefusals: Sendable {
    /// How often ``flush()`` is due.
    public static let period = Duration.seconds(10)

    private struct Key: Hashable {
        let realm: RealmName
        let address: String
        let reason: String
        let route: String

        /// What was answered all the same, and only counted.
        var isDoubt: Bool { reason == Deed.refreshReplayedElsewhere.rawValue }
    }
    private struct Fold {
        var count: Int64
        let source: Source
    }
    /// Events of one transaction, which holds SQLite's only writer for some milliseconds.
    private static let sliceLength = 100
    private let folds = Lock<[Key: Fold]>([:])
    private let counts = Lock<[String: UInt64]>([:])
    private let store: any Store
    let recorder: Recorder
    let nobody: [RealmName: SubjectKey]
    private let limit: Int

    /// `limit` is how many are told apart.
    init(store: any Store, recorder: Recorder, nobody: [RealmName: SubjectKey], limit: Int = 10_000) {
        self.limit = limit
        self.store = store
        self.recorder = recorder
        self.nobody = nobody
    }

    /// `reason` and `route` are words of ours, never what a client sent.
    public func note(reason: String, realm: RealmName, source: Source, route: String) {
        let key = Key(realm: realm, address: source.address, reason: reason, route: route)
        folds.withLock { add(1, to: key, from: source, in: &$0) }
        counts.withLock { $0[reason, default: 0] &+= 1 }
    }

    /// Since the start, by the reason's word; there are as many as the sources have words.
    var totals: [(reason: String, count: UInt64)] {
        counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Distinct sources beyond the limit are counted together, also while a failing database keeps them waiting.
    private func add(_ count: Int64, to key: Key, from source: Source, in folds: inout [Key: Fold]) {
        var key = key
        if folds[key] == nil && folds.count >= limit {
            key = Key(realm: key.realm, address: "many", reason: "many", route: "many")
        }
        folds[key, default: Fold(count: 0, source: source)].count += count
    }

    /// Writes what has gathered. Nothing is lost where the database fails: it is kept for the next time.
    public func flush() async throws(StoreFault) {
        let taken = folds.withLock { folds in
            defer { folds = [:] }
            return folds
        }
        var rest = taken.map { (key: $0.key, fold: $0.value) }[...]
        while !rest.isEmpty {
            let slice = rest.prefix(Self.sliceLength)
            do { try await write(slice) } catch {
                folds.withLock { folds in
                    for (key, fold) in rest { add(fold.count, to: key, from: fold.source, in: &folds) }
                }
                throw error
            }
            rest = rest.dropFirst(slice.count)
        }
    }

    private func write(_ slice: ArraySlice<(key: Key, fold: Fold)>) async throws(StoreFault) {
        let drafts = slice.map { key, fold in
            let address = key.address == "many" ? Source.local : fold.source
            return recorder.draft(
                key.isDoubt ? .refreshReplayedElsewhere : .refused, realm: key.realm, status: key.isDoubt,
                confirmedBy: "system", source: fold.source,
                details: [
                    ("count", .integer(fold.count)), ("reason", .string(key.reason)), ("route", .string(key.route)),
                ],
                personal: [Recorder.PersonalPart(key: nobody[key.realm], details: Recorder.origin(of: address))])
        }
        try await store.transaction { (tx) throws(StoreFault) in
            for draft in drafts { try draft.append(to: tx) }
        }
    }
}
