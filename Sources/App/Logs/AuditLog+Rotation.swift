internal import Concurrency
internal import Domain
internal import Flows
internal import Glibc
internal import Storage

extension AuditLog {
    static let placesSuffix = ".places"
    /// More older files than this are not looked at.
    private static let mostPlaces = 1_000

    /// On the pool. A new file that cannot be begun is said, and tried again with the next line: the old one goes on.
    func rotateIfDue(at now: Timestamp) {
        guard file.isDue(archive.rotation, at: now) else { return }
        do throws(File.Fault) {
            try notePlace(at: now)
            try file.rotate(to: archive.path(for: Self.name))
            archive.settleSoon()
        } catch { report(SystemEvent(.warning, "log_not_rotated", "\(Self.name) \(error.description)")) }
    }

    /// Goes on in a new file where the present one was moved away.
    func reopen(at now: Timestamp) async throws(File.Fault) {
        try await pool.run { [self] () throws(File.Fault) in
            guard try file.isMoved() else { return }
            try notePlace(at: now)
            try file.reopen()
        }
    }

    /// Before the old file leaves: whenever the process ends, either the file that is there or this says where to go on.
    private func notePlace(at now: Timestamp) throws(File.Fault) {
        guard let place = place.withLock({ $0 }) else { return }
        let line = Array(place.event.text.utf8)
        if let last = try places.line(before: nil), last.text == line { return }
        try places.append(line + [0x0A], at: now)
    }

    /// The newest event known to be in an older file: by the list of places, or by a file that another program moved
    /// away and nobody told this one.
    static func endOfOlderFiles(
        _ path: String, _ places: LineFile, pool: ThreadPool, readLog: ReadLog
    ) async throws -> Place? {
        var found = try await lastKnown(pool: pool, readLog: readLog) { (end) throws(File.Fault) in
            try places.line(before: end)
        } event: {
            ID<Event>(String(decoding: $0, as: UTF8.self))
        }
        for name in siblings(of: path) {
            let file: OlderFile
            do { file = try OlderFile(name) } catch { continue }
            let last = try await lastKnown(pool: pool, readLog: readLog) { (end) throws(File.Fault) in
                try file.line(before: end)
            } event: {
                eventID(in: $0)
            }
            guard let last else { continue }
            if let present = found, last.position <= present.position { continue }
            found = last
        }
        return found
    }

    private static func lastKnown(
        pool: ThreadPool, readLog: ReadLog,
        line: @escaping @Sendable (Int?) throws(File.Fault) -> (text: [UInt8], start: Int)?,
        event: @Sendable ([UInt8]) -> ID<Event>?
    ) async throws -> Place? {
        var end: Int?
        for _ in 0..<mostPlaces {
            let before = end
            guard let (text, start) = try await pool.run({ () throws(File.Fault) in try line(before) }) else { break }
            if let place = try await readLog.place(of: event(text)) { return place }
            end = start
        }
        return nil
    }

    /// `logline.jsonl.1` and the like: what logrotate and its kin leave beside a log before they compress it.
    private static func siblings(of path: String) -> [String] {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return [] }
        let folder = String(path[..<slash])
        let own = path[path.utf8.index(after: slash)...]
        let archive = LogArchive(
            folder: folder, logs: [], rotation: LogRotation(maxBytes: 0, retention: .zero),
            now: { Timestamp(milliseconds: 0) }, report: { _ in })
        return archive.names().filter { name in
            name.hasPrefix(own) && name != own && name != own + placesSuffix && !name.hasSuffix(".gz")
                && !name.hasSuffix(".part")
        }.map { "\(folder)/\($0)" }
    }
}

/// A log that nothing is written to any more.
private final class OlderFile: Sendable {
    private let file: File
    private let size: Int

    init(_ path: String) throws(File.Fault) {
        file = try File(path, O_RDONLY)
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else { throw File.Fault(number: EINVAL) }
        size = Int(status.st_size)
    }

    func line(before end: Int?) throws(File.Fault) -> (text: [UInt8], start: Int)? {
        try LineFile.line(before: end ?? size, in: file)
    }
}

extension ReadLog {
    func place(of event: ID<Event>?) async throws(StoreFault) -> AuditLog.Place? {
        guard let event, let position = try await position(of: event) else { return nil }
        return AuditLog.Place(position: position, event: event)
    }
}
