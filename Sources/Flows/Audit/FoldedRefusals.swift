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
        var doubt: Doubt?
    }
    /// What was answered all the same, and only counted.
    private struct Doubt: Hashable {
        let session: ID<Session>
        /// Where its newest token went.
        let newest: SessionOrigin
    }
    private struct Fold {
        var count: Int64
        let source: Source
        /// Seals where it came from; the realm's own.
        let nobody: SubjectKey?
    }
    /// Events of one transaction, which holds SQLite's only writer for some milliseconds.
    private static let sliceLength = 100
    private let folds = Lock<[Key: Fold]>([:])
    private let counts = Lock<[String: UInt64]>([:])
    private let store: any Store
    let recorder: Recorder
    private let limit: Int

    /// `limit` is how many are told apart.
    init(store: any Store, recorder: Recorder, limit: Int = 10_000) {
        self.limit = limit
        self.store = store
        self.recorder = recorder
    }

    /// `reason` and `route` are words of ours, never what a client sent.
    public func note(reason: String, realm: Realm, source: Source, route: String) {
        note(Key(realm: realm.name, address: source.address, reason: reason, route: route), in: realm, from: source)
    }

    /// A refresh token that was answered again, elsewhere than where the newest one went.
    func note(replayOf session: ID<Session>, realm: Realm, source: Source, newest: SessionOrigin) {
        let key = Key(
            realm: realm.name, address: source.address, reason: Deed.refreshReplayedElsewhere.rawValue,
            route: "refresh", doubt: Doubt(session: session, newest: newest))
        note(key, in: realm, from: source)
    }

    private func note(_ key: Key, in realm: Realm, from source: Source) {
        let nobody = realm.nobody.withLock { $0 }
        folds.withLock { add(Fold(count: 1, source: source, nobody: nobody), to: key, in: &$0) }
        counts.withLock { $0[key.reason, default: 0] &+= 1 }
    }

    /// Since the start, by the reason's word; there are as many as the sources have words.
    var totals: [(reason: String, count: UInt64)] {
        counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Distinct sources beyond the limit are counted together, also while a failing database keeps them waiting.
    private func add(_ fold: Fold, to key: Key, in folds: inout [Key: Fold]) {
        var key = key
        if folds[key] == nil && folds.count >= limit {
            key = Key(realm: key.realm, address: "many", reason: "many", route: "many")
        }
        folds[key, default: Fold(count: 0, source: fold.source, nobody: fold.nobody)].count += fold.count
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
                    for (key, fold) in rest { add(fold, to: key, in: &folds) }
                }
                throw error
            }
            rest = rest.dropFirst(slice.count)
        }
    }

    private func write(_ slice: ArraySlice<(key: Key, fold: Fold)>) async throws(StoreFault) {
        let drafts = slice.map { key, fold in
            let address = key.address == "many" ? Source.local : fold.source
            let details: [(String, JSON)] = [
                ("count", .integer(fold.count)), ("reason", .string(key.reason)), ("route", .string(key.route)),
            ]
            let session = key.doubt.map { [("session", JSON.string($0.session.text))] } ?? []
            let newest = key.doubt.map { Recorder.newest($0.newest) } ?? []
            return recorder.draft(
                key.doubt == nil ? .refused : .refreshReplayedElsewhere, realm: key.realm, status: key.doubt != nil,
                confirmedBy: "system", source: fold.source, details: details + session,
                personal: [
                    Recorder.PersonalPart(key: fold.nobody, details: Recorder.origin(of: address) + newest)
                ])
        }
        try await store.transaction { (tx) throws(StoreFault) in
            for draft in drafts { try draft.append(to: tx) }
        }
    }
}
