internal import Concurrency
internal import Domain
internal import Flows
internal import Storage

/// Reads what an ``AuditQuery`` asks for, page by page: however much it is, one page is held at a time.
final class AuditSource: Sendable {
    struct Part: Sendable {
        let lines: [LogLine]
        /// Where to go on if this is the last part that arrives.
        let position: EventPosition
    }

    private enum Step: Sendable {
        case newest(Int)
        case onwards(after: EventPosition?)
        case over
    }

    private let listEvents: ListEvents
    private let realm: RealmName
    private let query: AuditQuery
    private let step: Lock<Step>
    private let isFinished = Lock(false)

    private static let pageSize = 500
    /// Between two looks for what is new.
    private static let pace = Duration.milliseconds(200)

    init(_ query: AuditQuery, realm: RealmName, _ listEvents: ListEvents) {
        self.query = query
        self.realm = realm
        self.listEvents = listEvents
        if case .newest(let count, _) = query.extent, query.after == nil {
            step = Lock(.newest(count))
        } else {
            step = Lock(.onwards(after: query.after))
        }
    }

    /// `nil` at the end. With `follows`, there is none but the cancellation of the task.
    func next(follows: Bool) async throws(StoreFault) -> Part? {
        switch step.withLock({ $0 }) {
        case .over: return nil
        case .newest(let count):
            let part = try await newest(count)
            step.withLock { $0 = follows ? .onwards(after: part.position) : .over }
            return part
        case .onwards(let position): return try await onwards(position, follows: follows)
        }
    }

    /// Whether there is nothing more to ask for; not before something was asked.
    var isOver: Bool { if case .over = step.withLock({ $0 }) { true } else { false } }

    /// True the first time.
    func finish() -> Bool {
        step.withLock { $0 = .over }
        return isFinished.withLock { isFinished in
            defer { isFinished = true }
            return !isFinished
        }
    }

    private func newest(_ count: Int) async throws(StoreFault) -> Part {
        // First of all the place, so that nothing falls between what is shown and what is followed.
        let newest = try await listEvents.newest()
        var found: [LogLine] = []
        var place: EventPosition?
        while found.count < count {
            let page = try await listEvents(
                in: realm, matching: query.filter, .newestFirst, from: place,
                limit: min(count - found.count, Self.pageSize))
            found += page.entries.filter { $0.position <= newest }.map(\.line)
            place = page.next
            if place == nil { break }
        }
        return Part(lines: found.reversed(), position: newest)
    }

    private func onwards(_ start: EventPosition?, follows: Bool) async throws(StoreFault) -> Part? {
        var place = start
        while true {
            let end = try await listEvents.newest()
            let page = try await listEvents(
                in: realm, matching: query.filter, .oldestFirst, from: place, limit: Self.pageSize)
            // Without a next page everything up to what was the newest before is looked through.
            let last = page.entries.last?.position
            let position = page.next ?? max(end, last ?? end)
            place = position
            if page.next == nil, !follows {
                step.withLock { $0 = .over }
            } else {
                step.withLock { $0 = .onwards(after: position) }
            }
            if !page.entries.isEmpty || !follows || page.next != nil {
                return Part(lines: page.lines, position: position)
            }
            guard let loop = EventLoop.current, (try? await loop.sleep(for: Self.pace)) != nil else {
                step.withLock { $0 = .over }
                return nil
            }
        }
    }
}
