internal import Concurrency
public import Domain
internal import HTTP
public import Storage

/// The directory of realms: by name and by host, read when they are first asked for.
///
/// There may be ten thousand, of which few are in use, so memory holds those that were used lately. What is remembered
/// is believed as ``LiveSessions`` believe a session: until it is changed here or in the feed, and within the lease.
public final class Realms: Sendable {
    /// Whom a host stands for.
    public enum Host: Sendable {
        case realm(Realm)
        /// An application that a realm vouches for behind a proxy.
        case application(Application, Realm)
    }

    private struct State {
        var byName = TwoGenerations<RealmName, Realm>(capacity: Realms.capacity)
        var byHost = TwoGenerations<String, RealmHost>(capacity: 2 * Realms.capacity)
        /// Names and hosts that are nobody's, apart from the others: strangers choose them, and must push no realm out.
        var nobodysNames = TwoGenerations<RealmName, Bool>(capacity: Realms.capacity)
        var nobodysHosts = TwoGenerations<String, Bool>(capacity: Realms.capacity)
        /// The realms that always exist.
        var pinned: [RealmName: Realm] = [:]
        /// As it was read last, whether that is still to be believed or not.
        var operators: Realm?
        var changes = RecentChanges()

        mutating func realm(_ name: RealmName) -> Realm? { pinned[name] ?? byName.value(for: name) }

        mutating func keep(_ realm: Realm?, as name: RealmName) {
            forget(name)
            guard let realm else {
                if !Realms.isPinned(name) { nobodysNames.insert(true, for: name) }
                return
            }
            if name == .system { operators = realm }
            if Realms.isPinned(name) { pinned[name] = realm } else { byName.insert(realm, for: name) }
        }

        mutating func forget(_ name: RealmName) {
            pinned[name] = nil
            byName.remove(name)
            nobodysNames.remove(name)
        }

        mutating func forgetHosts() {
            byHost.removeAll { _ in true }
            nobodysHosts.removeAll { _ in true }
        }
    }

    /// How many realms are remembered.
    static let capacity = 4_096
    /// How often a realm is read that changes meanwhile.
    private static let mostReads = 16
    private let state = Lock(State())
    /// The default realm once more: most requests are for it, and need not wait for those that look for others.
    private let standard = Lock<Realm?>(nil)
    public let base: RealmBase
    private let store: any Store
    private let live: LiveSessions
    private let opening: RealmOpening

    init(base: RealmBase, store: any Store, live: LiveSessions, opening: RealmOpening) {
        self.base = base
        self.store = store
        self.live = live
        self.opening = opening
    }

    /// Reads the realms that always exist.
    func begin() async throws(OpenFault) {
        for name in [RealmName.standard, .system] {
            let realm = try await opening.open(name, base: base)
            if let realm, name != .system { try await opening.establish(realm) }
            state.withLock { keep(realm, as: name, in: &$0) }
        }
    }

    /// The operators' realm as it was read last, also where it may have been changed since: for what belongs to no realm
    /// and is answered without the database.
    public var operators: Realm { state.withLock { $0.operators } ?? base.realm(.system, nil) }

    /// From memory; `nil` where only the database can say.
    public func known(_ name: RealmName) -> Realm?? {
        guard live.isUsable else { return nil }
        return state.withLock { state -> Realm?? in
            if let realm = state.realm(name) { return .some(realm) }
            return state.nobodysNames.value(for: name) == nil ? nil : .some(nil)
        }
    }

    /// The default realm, where memory has it: ``known(_:)`` without a look at the others.
    public var knownStandard: Realm? { live.isUsable ? standard.withLock { $0 } : nil }

    /// `nil` where there is no such realm.
    ///
    /// What changed while it was read is read again: nobody would keep the keys of an object up to date that is not kept.
    public func find(_ name: RealmName) async throws(StoreFault) -> Realm? {
        for _ in 0..<Self.mostReads {
            if let known = known(name) { return known }
            let mark = state.withLock { $0.changes.mark }
            let realm = try await read(name)
            let kept = state.withLock { state -> Realm?? in
                if state.changes.since(mark, { Self.concerns($0, name) }) { return nil }
                // Of two that read at once, one object stays: its keys are the ones that are kept up to date. Without a
                // lease what is there may be old.
                if live.isUsable, let present = state.realm(name) { return .some(present) }
                keep(realm, as: name, in: &state)
                return .some(realm)
            }
            if let kept { return kept }
        }
        throw .busy("realm \(name) changed each time that it was read")
    }

    private static func concerns(_ change: Change, _ name: RealmName) -> Bool {
        switch change {
        case .realm(let changed), .signingKeys(let changed): changed == name
        case .session, .user, .apiKey: false
        }
    }

    /// Whether that is the object whose keys follow every change.
    func holds(_ realm: Realm) -> Bool { state.withLock { $0.realm(realm.name) === realm } }

    private func read(_ name: RealmName) async throws(StoreFault) -> Realm? {
        do { return try await opening.open(name, base: base) } catch { throw error.asStoreFault }
    }

    private func keep(_ realm: Realm?, as name: RealmName, in state: inout State) {
        state.keep(realm, as: name)
        if name == .standard { standard.withLock { $0 = realm } }
    }

    private func forget(_ name: RealmName, in state: inout State) {
        state.forget(name)
        if name == .standard { standard.withLock { $0 = nil } }
    }

    /// A host of a realm, or of an application, from memory; `nil` where only the database can say.
    public func known(host: String) -> Host?? {
        guard live.isUsable else { return nil }
        let (found, isNobodys) = state.withLock { state -> (RealmHost?, Bool) in
            if let entry = state.byHost.value(for: host) { return (entry, false) }
            return (nil, state.nobodysHosts.value(for: host) != nil)
        }
        guard let entry = found else { return isNobodys ? .some(nil) : nil }
        guard let realm = known(entry.realm) else { return nil }
        return .some(realm.flatMap { Self.host(entry, $0) })
    }

    /// `nil` where the host is nobody's.
    public func find(host: String) async throws(StoreFault) -> Host? {
        if let known = known(host: host) { return known }
        let mark = state.withLock { $0.changes.mark }
        let entry = try await store.read { (reader) throws(StoreFault) in try reader.realmHost(host) }
        state.withLock { state in
            // Hosts come and go with any realm.
            if state.changes.since(mark, { _ in true }) { return }
            if let entry { state.byHost.insert(entry, for: host) } else { state.nobodysHosts.insert(true, for: host) }
        }
        guard let entry, let realm = try await find(entry.realm) else { return nil }
        return Self.host(entry, realm)
    }

    private static func host(_ entry: RealmHost, _ realm: Realm) -> Host? {
        guard let name = entry.application else { return .realm(realm) }
        let application = realm.rules.applications.first { $0.name.utf8.elementsEqual(name.utf8) }
        return application.map { .application($0, realm) }
    }

    /// What is in memory now.
    var loaded: [Realm] {
        state.withLock { Array($0.pinned.values) + $0.byName.values }
    }

    private static func isPinned(_ name: RealmName) -> Bool { name == .standard || name == .system }

    /// Reads a realm again, where it is in memory. Called after the commit of a change and before its answer leaves, and
    /// for what the feed says.
    ///
    /// Where that fails nothing is known of the realm any more.
    func reload(_ name: RealmName) async throws(StoreFault) {
        let (mark, wasLoaded) = state.withLock { state in
            state.changes.add(.realm(name))
            // Hosts come and go with any realm.
            state.forgetHosts()
            let wasLoaded = state.realm(name) != nil
            if !wasLoaded { forget(name, in: &state) }
            return (state.changes.mark, wasLoaded)
        }
        guard wasLoaded else { return }
        let fresh: Result<Realm?, StoreFault>
        do { fresh = .success(try await read(name)) } catch { fresh = .failure(error) }
        state.withLock { state in
            // Another change of it came meanwhile: whoever asks next reads.
            guard !state.changes.since(mark, { Self.concerns($0, name) }), case .success(let realm) = fresh else {
                forget(name, in: &state)
                return
            }
            keep(realm, as: name, in: &state)
        }
        _ = try fresh.get()
    }

    /// Takes nothing for known.
    func reloadAll() async throws(StoreFault) {
        let names = state.withLock { state in
            state.changes.addEverything()
            state.forgetHosts()
            state.byName.removeAll { _ in true }
            state.nobodysNames.removeAll { _ in true }
            let names = Array(state.pinned.keys)
            for name in names { forget(name, in: &state) }
            return names
        }
        for name in names { _ = try await find(name) }
    }

    /// Reads the keys of a realm that is in memory. A realm that is being read at this moment may have them from before,
    /// and is not kept.
    func reloadKeys(of name: RealmName) async throws(OpenFault) {
        if let realm = presentForNewKeys(name) { try await opening.keys.load(realm) }
    }

    /// The same with what was read by whoever changed them; `realm` may be an object from before a change of the realm.
    func adopt(
        _ keys: [StoredSigningKey], of realm: Realm, at now: Timestamp, _ place: FeedHead
    ) throws(OpenFault) {
        try opening.keys.adopt(keys, realm: realm, at: now, place)
        if let present = presentForNewKeys(realm.name), present !== realm {
            try opening.keys.adopt(keys, realm: present, at: now, place)
        }
    }

    private func presentForNewKeys(_ name: RealmName) -> Realm? {
        state.withLock { state in
            state.changes.add(.signingKeys(name))
            return state.realm(name)
        }
    }
}
