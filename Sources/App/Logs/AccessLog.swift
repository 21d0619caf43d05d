internal import API
internal import Concurrency
internal import Domain
internal import Flows
internal import Glibc
internal import HTTP
internal import Synchronization

/// One line for each request, in `access.jsonl` or on standard output.
///
/// A request only appends its line to memory of its event loop's own; a thread of the log's own writes what has gathered
/// a few times a second. Where that thread cannot keep up, lines are dropped, counted and said: no request waits for a
/// log. A server that is killed loses what gathered since the last writing, and never leaves half a line to readers:
/// the next start cuts it off.
final class AccessLog: RequestLog {
    static let name = "access.jsonl"

    enum Target {
        case file(LineFile)
        case standardOutput
    }

    private struct Lane: Sendable {
        var buffer = LineBuffer(capacity: AccessLog.limit)
        var second = AccessLine.Second()
        /// What the buffer is exchanged for while it is written; `nil` meanwhile.
        var spare: LineBuffer? = LineBuffer(capacity: AccessLog.limit)
    }

    private static let period = Duration.milliseconds(250)
    /// A lane that holds this much is written at once.
    private static let soon = 1 << 18
    /// A lane takes no more than this. Memory that was never needed is never touched.
    private static let limit = 1 << 20

    private let line: AccessLine
    /// By row: whether it is left out.
    private let isLeftOut: [Bool]
    private let target: Target
    private let archive: LogArchive
    private let lanes: [Lock<Lane>]
    private let pool = ThreadPool(name: "access", threads: 1)
    private let isScheduled = Atomic(false)
    private let isFailing = Atomic(false)
    private let tallies = Tallies(count: 2)
    private let reported = Atomic<UInt64>(0)
    private let now: @Sendable () -> Timestamp
    /// What the wall clock says where the monotonic clock says zero: a request reads one clock, not two.
    private let clockStart = Atomic<Int64>(0)
    private let report: @Sendable (SystemEvent) -> Void

    init(
        _ target: Target, archive: LogArchive, line: AccessLine, isLeftOut: [Bool], lanes: Int,
        now: @escaping @Sendable () -> Timestamp, report: @escaping @Sendable (SystemEvent) -> Void
    ) {
        self.target = target
        self.archive = archive
        self.line = line
        self.isLeftOut = isLeftOut
        self.lanes = (0..<max(lanes, 1)).map { _ in Lock(Lane()) }
        self.now = now
        self.report = report
        followClock()
    }

    func note(
        _ request: Request, _ response: Response, realm: RealmName, row: Int, nanoseconds: UInt64, end: MonotonicTime
    ) {
        if isLeftOut[row] { return }
        let number = EventLoop.currentLane
        let time = Timestamp(
            milliseconds: Int64(end.nanoseconds / 1_000_000) &+ clockStart.load(ordering: .relaxed))
        let isFull = lanes[number < lanes.count ? number : 0].withLock { lane in
            guard lane.buffer.hasRoom(for: line.longest) else {
                tallies.add(at: 1)
                return true
            }
            lane.buffer.addLine { [line] writer in
                line.write(
                    request, response, realm: realm, row: row, nanoseconds: nanoseconds, at: time, to: &writer,
                    &lane.second)
            }
            return lane.buffer.count >= Self.soon
        }
        if isFull, !isScheduled.load(ordering: .relaxed),
            !isScheduled.exchange(true, ordering: .acquiringAndReleasing)
        {
            pool.execute { self.write() }
        }
    }

    /// Writes now and then, until its task is cancelled.
    func follow(on loop: EventLoop) async {
        while (try? await loop.sleep(for: Self.period)) != nil {
            followClock()
            if lanes.contains(where: { $0.withLock { $0.buffer.lines > 0 } }) { await flush() }
        }
    }

    private func followClock() {
        let monotonic = Int64(MonotonicTime.now().nanoseconds / 1_000_000)
        clockStart.store(now().milliseconds &- monotonic, ordering: .relaxed)
    }

    /// Returns when every line so far was written, or given up.
    func flush() async { await pool.run { self.write() } }

    /// Goes on in a new file where the present one was moved away.
    func reopen() async throws(File.Fault) {
        guard case .file(let file) = target else { return }
        try await pool.run { () throws(File.Fault) in _ = try file.reopen() }
    }

    /// Takes addresses and devices of people out of the present file; returns how many files were written anew.
    func forget(_ persons: ErasedPersons) async throws(File.Fault) -> Int {
        guard case .file(let file) = target else { return 0 }
        return try await pool.run { () throws(File.Fault) in
            self.write()
            return try file.rewrite(persons.access) ? 1 : 0
        }
    }

    func close() async {
        await flush()
        pool.shutDown()
    }

    var writtenLines: UInt64 { tallies.sum(at: 0) }
    var droppedLines: UInt64 { tallies.sum(at: 1) }

    /// On the pool's only thread.
    private func write() {
        isScheduled.store(false, ordering: .releasing)
        for lane in lanes {
            let buffer = lane.withLock { lane -> LineBuffer? in
                guard lane.buffer.lines > 0, let spare = lane.spare.take() else { return nil }
                let full = lane.buffer
                lane.buffer = spare
                return full
            }
            guard let buffer else { continue }
            write(buffer)
            buffer.empty()
            lane.withLock { $0.spare = buffer }
        }
        sayWhatWasDropped()
    }

    private func write(_ buffer: LineBuffer) {
        let count = UInt64(buffer.lines)
        switch target {
        case .standardOutput:
            let lost = UInt64(StandardOutput.write(buffer.bytes))
            tallies.add(count - min(lost, count), at: 0)
            tallies.add(lost, at: 1)
        case .file(let file):
            let now = now()
            rotateIfDue(file, at: now)
            do throws(File.Fault) {
                try unsafe buffer.withBytes { (bytes) throws(File.Fault) in try unsafe file.append(bytes, at: now) }
                tallies.add(count, at: 0)
                isFailing.store(false, ordering: .relaxed)
            } catch {
                tallies.add(count, at: 1)
                if !isFailing.exchange(true, ordering: .relaxed) {
                    report(SystemEvent(.error, "access_log_unwritable", "\(Self.name) \(error.description)"))
                }
            }
        }
    }

    private func rotateIfDue(_ file: LineFile, at now: Timestamp) {
        guard file.isDue(archive.rotation, at: now) else { return }
        do throws(File.Fault) {
            try file.rotate(to: archive.path(for: Self.name))
            archive.settleSoon()
        } catch { report(SystemEvent(.warning, "log_not_rotated", "\(Self.name) \(error.description)")) }
    }

    private func sayWhatWasDropped() {
        let dropped = droppedLines
        let before = reported.exchange(dropped, ordering: .relaxed)
        guard dropped > before else { return }
        report(SystemEvent(.warning, "access_log_overflow", "\(dropped - before) lines were not written"))
    }
}

/// The process's standard output, which may be a pipe that nobody reads.
enum StandardOutput {
    /// What a pipe takes whole once it says that it takes something: PIPE_BUF.
    private static let piece = 4_096

    /// Writes whole lines, and never waits longer than a second for a reader; returns how many were not written.
    static func write(_ lines: [UInt8]) -> Int {
        var rest = lines[...]
        while !rest.isEmpty {
            var end = min(rest.startIndex + piece, rest.endIndex)
            if end < rest.endIndex, let feed = rest[..<end].lastIndex(of: 0x0A) { end = feed + 1 }
            var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&output, 1, 1_000) == 1, output.revents & Int16(POLLOUT) != 0 else {
                return rest.count { $0 == 0x0A }
            }
            let count = unsafe rest[..<end].withUnsafeBytes {
                unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return rest.count { $0 == 0x0A } }
            rest = rest[(rest.startIndex + count)...]
        }
        return 0
    }
}
