internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// The newest events of every realm as they are committed, read once for all who follow them.
///
/// One reader per node fills a window of bounded size; every stream has only a place of its own. A stream whose place
/// has left the window reads the database at its own pace until it is back. So no stream ever has a buffer, and what a
/// slow one costs is its own queries, of which few run at the same time.
///
/// What streams with the same realm and filter are told at the same place is put together once for all of them
/// (``Telling``): a thousand that keep up share one array.
public final class LiveEvents: Sendable {
    /// An event with the bytes that every stream sends for it.
    final class Entry: Sendable {
        let position: EventPosition
        let event: Event
        let bytes: [UInt8]

        init(_ sealed: EventReader.Sealed, _ reader: EventReader) {
            position = sealed.placed.position
            event = sealed.placed.event
            bytes =
                ServerSentEvent(id: position.cursor, event: "audit", data: reader.line(sealed).jsonWithID.text).bytes
        }
    }

    struct State {
        var readers: [Int: Handle] = [:]
        var perUser: [ID<User>: Int] = [:]
        var nextNumber = 0
        /// Everything between `floor` and `newest`, oldest first. Without a place, nobody follows.
        var window: [Entry] = []
        var windowBytes = 0
        var floor = EventPosition.beginning
        var newest: EventPosition?
        var isFailing = false
        /// What somebody was told last; a handful, because those who keep up stand at the same place.
        var tellings: [Telling] = []
        /// What is followed, and by how many.
        var selections: [[UInt8]: (selection: Selection, readers: Int)] = [:]
    }

    /// What this node's reader must know of a stream.
    final class Handle: Sendable {
        let user: ID<User>
        let vigil: Vigil
        let wakeup = Wakeup()

        init(user: ID<User>, vigil: Vigil) {
            self.user = user
            self.vigil = vigil
        }
    }

    public enum Refusal: CaseIterable, Sendable {
        /// This user follows too often at the same time.
        case tooManyOfUser
        /// This node has no room for more.
        case tooMany
    }
    public enum Opening: Sendable { case following(EventFollower), refused(Refusal) }

    private static let pageSize = 500
    private static let windowLength = 4_096
    private static let windowBytes = 8 << 20
    static let mostTellings = 16
    /// One piece, as long as events are small.
    static let pieceBytes = 32_768
    /// So many readers are woken before others have their turn on the event loop.
    private static let group = 64

    let state = Lock(State())
    private let store: any Store
    let reader: EventReader
    private let limits: Limits
    /// At most two streams read the database at the same time, or those that resume would crowd out everybody else.
    let turns = Turns(2)

    /// How many streams there may be.
    public struct Limits: Sendable {
        public let total: Int
        public let perUser: Int

        public static let standard = Limits(total: 1_024, perUser: 16)

        public init(total: Int, perUser: Int) {
            self.total = total
            self.perUser = perUser
        }
    }

    init(store: any Store, reader: EventReader, limits: Limits) {
        self.store = store
        self.reader = reader
        self.limits = limits
    }

    /// Streams that are open on this node.
    public var count: Int { state.withLock { $0.readers.count } }

    /// Begins a stream behind a place, or behind the newest event. A place that this database has not reached, because it
    /// was restored from an older copy, counts as the newest.
    public func follow(
        in realm: RealmName, matching filter: EventFilter, after position: EventPosition?, by user: ID<User>,
        vigil: Vigil
    ) async throws(StoreFault) -> Opening {
        let handle = Handle(user: user, vigil: vigil)
        let number: Int
        switch enter(handle) {
        case .success(let given): number = given
        case .failure(let refusal): return .refused(refusal.refusal)
        }
        do throws(StoreFault) {
            let (newest, wanted) = try await store.read { (tx) throws(StoreFault) in
                (try tx.newestEventPosition() ?? .beginning, try filter.resolve(in: realm, tx))
            }
            state.withLock { state in
                guard state.newest == nil else { return }
                state.floor = newest
                state.newest = newest
            }
            return .following(
                EventFollower(
                    self, number: number, handle: handle, selection: select(wanted, in: realm),
                    from: min(position ?? newest, newest), store: store))
        } catch {
            leave(number)
            throw error
        }
    }

    private struct Full: Error { let refusal: Refusal }

    private func enter(_ handle: Handle) -> Result<Int, Full> {
        state.withLock { state in
            guard state.readers.count < limits.total else { return .failure(Full(refusal: .tooMany)) }
            let count = state.perUser[handle.user] ?? 0
            guard count < limits.perUser else { return .failure(Full(refusal: .tooManyOfUser)) }
            state.perUser[handle.user] = count + 1
            state.nextNumber += 1
            state.readers[state.nextNumber] = handle
            return .success(state.nextNumber)
        }
    }

    /// One for all who follow the same.
    private func select(_ wanted: EventFilter.Resolved, in realm: RealmName) -> Selection {
        let words = wanted.words(in: realm)
        return state.withLock { state in
            let selection = state.selections[words]?.selection ?? Selection(realm: realm, wanted: wanted, words: words)
            state.selections[words, default: (selection, 0)].readers += 1
            return selection
        }
    }

    func leave(_ number: Int, _ selection: Selection? = nil) {
        state.withLock { state in
            if let words = selection?.words, let readers = state.selections[words]?.readers {
                if readers > 1 { state.selections[words]?.readers = readers - 1 } else { state.selections[words] = nil }
            }
            guard let handle = state.readers.removeValue(forKey: number) else { return }
            let count = state.perUser[handle.user] ?? 1
            state.perUser[handle.user] = count > 1 ? count - 1 : nil
        }
    }

    /// What has been committed since the last call reaches every stream, and streams whose credential may have ended
    /// look again. To be called after each commit, and a few times a second.
    public func advance() async {
        guard let start = beginAdvance() else { return }
        let isNews = await read(after: start)
        var handles = state.withLock { Array($0.readers.values) }
        // Whoever is told something looks at its credential before.
        if !isNews { handles.removeAll { $0.vigil.surelyHolds() } }
        for start in stride(from: 0, to: handles.count, by: Self.group) {
            for handle in handles[start..<min(start + Self.group, handles.count)] { handle.wakeup.ring() }
            await Task.yield()
        }
    }

    /// `nil` when nobody follows; what was read for those who did is forgotten.
    private func beginAdvance() -> EventPosition? {
        state.withLock { state in
            if state.readers.isEmpty {
                state.window = []
                state.windowBytes = 0
                state.newest = nil
                state.tellings = []
            }
            return state.newest
        }
    }

    /// Whether there was anything.
    private func read(after start: EventPosition) async -> Bool {
        var position = start
        do throws(StoreFault) {
            while true {
                let from = position
                let sealed = try await store.read { (tx) throws(StoreFault) in
                    try EventReader.withKeys(try tx.events(after: from, limit: Self.pageSize), tx)
                }
                guard let last = sealed.last else { break }
                add(sealed.map { Entry($0, reader) })
                position = last.placed.position
                if sealed.count < Self.pageSize { break }
            }
            state.withLock { $0.isFailing = false }
        } catch {
            let isNews = state.withLock { state in
                defer { state.isFailing = true }
                return !state.isFailing
            }
            if isNews { reader.capabilities.report(SystemEvent(.warning, "live_events_unreadable", "\(error)")) }
        }
        return position > start
    }

    private func add(_ entries: [Entry]) {
        state.withLock { state in
            guard let last = entries.last, state.newest != nil else { return }
            state.window.append(contentsOf: entries)
            state.windowBytes += entries.reduce(0) { $0 + $1.bytes.count }
            state.newest = last.position
            if state.window.count > Self.windowLength || state.windowBytes > Self.windowBytes { Self.trim(&state) }
        }
    }

    /// Down to half of both limits, so that it happens seldom.
    private static func trim(_ state: inout State) {
        var dropped = 0
        while dropped < state.window.count - 1,
            state.window.count - dropped > windowLength / 2 || state.windowBytes > windowBytes / 2
        {
            state.windowBytes -= state.window[dropped].bytes.count
            dropped += 1
        }
        guard dropped > 0 else { return }
        state.floor = state.window[dropped - 1].position
        state.window.removeFirst(dropped)
    }
}
