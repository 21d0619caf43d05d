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
    }
    private struct Fold {
        var count: Int64
        let source: Source
    }
    private static let limit = 10_000
    private let folds = Lock<[Key: Fold]>([:])
    private let store: any Store
    private let recorder: Recorder
    private let nobody: [RealmName: SubjectKey]

    init(store: any Store, recorder: Recorder, nobody: [RealmName: SubjectKey]) {
        self.store = store
        self.recorder = recorder
        self.nobody = nobody
    }

    /// `reason` and `route` are words of ours, never what a client sent.
    public func note(reason: String, realm: RealmName, source: Source, route: String) {
        folds.withLock { folds in
            var key = Key(realm: realm, address: source.address, reason: reason, route: route)
            if folds[key] == nil && folds.count >= Self.limit {
                key = Key(realm: realm, address: "many", reason: "many", route: "many")
            }
            folds[key, default: Fold(count: 0, source: source)].count += 1
        }
    }

    /// Writes what has gathered. Nothing is lost where the database fails: it is kept for the next time.
    public func flush() async throws(StoreFault) {
        let taken = folds.withLock { folds in
            defer { folds = [:] }
            return folds
        }
        guard !taken.isEmpty else { return }
        let drafts = taken.map { key, fold in
            let address = key.address == "many" ? Source.local : fold.source
            return recorder.draft(
                .refused, realm: key.realm, status: false, confirmedBy: "system", source: fold.source,
                details: [
                    ("count", .integer(fold.count)), ("reason", .string(key.reason)), ("route", .string(key.route)),
                ],
                personal: [Recorder.PersonalPart(key: nobody[key.realm], details: Recorder.origin(of: address))])
        }
        do {
            try await store.transaction { (tx) throws(StoreFault) in
                for draft in drafts { try draft.append(to: tx) }
            }
        } catch {
            folds.withLock { folds in
                for (key, fold) in taken {
                    folds[key, default: Fold(count: 0, source: fold.source)].count += fold.count
                }
            }
            throw error
        }
    }
}
