internal import Concurrency
internal import Domain
internal import Glibc

/// A file of complete lines that only ever grows by whole batches, whatever the disk does in between.
///
/// A class, because it owns the open file. Every call blocks: only for the log's own thread.
final class LineFile: Sendable {
    private struct State: ~Copyable {
        var file: File
        /// Where the last batch that is known to be in the file ends.
        var size: Int
        /// True while what lies behind `size` is unknown.
        var needsRepair = false
        /// When the last batch was written, also by a process before this one.
        var written: Timestamp
    }

    let path: String
    private let isDurable: Bool
    private let state: Lock<State>

    /// Opens or makes the file with mode 600, and cuts off a last line that was not written to its end.
    ///
    /// - Parameter isDurable: whether each batch waits for the disk. Without it a batch outlives the process, and not
    ///   the machine.
    init(_ path: String, isDurable: Bool = true) throws(File.Fault) {
        self.path = path
        self.isDurable = isDurable
        state = Lock(try Self.open(path))
    }

    private static func open(_ path: String) throws(File.Fault) -> State {
        let file = try File(path, O_RDWR | O_CREAT | O_APPEND)
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else { throw File.Fault(number: EINVAL) }
        try file.setMode(0o600)
        let size = try lineStart(before: Int(status.st_size), in: file)
        if size != Int(status.st_size) {
            try file.truncate(to: size)
            try file.synchroniseData()
        }
        let written = Timestamp(seconds: Int64(status.st_mtim.tv_sec)) ?? Timestamp(milliseconds: 0)
        return State(file: file, size: size, written: written)
    }

    /// Appends lines that each end with a line feed, with one write, and returns when they are in the file: on the
    /// disk, where that was asked for.
    ///
    /// After a failure nothing of the batch counts: what was written of it is removed, now or before the next one.
    func append(_ lines: [UInt8], at now: Timestamp) throws(File.Fault) {
        let appended = unsafe lines.withUnsafeBytes { bytes -> Result<Void, File.Fault> in
            Result { () throws(File.Fault) in try unsafe append(bytes, at: now) }
        }
        try appended.get()
    }

    /// The same, without a copy.
    func append(_ lines: UnsafeRawBufferPointer, at now: Timestamp) throws(File.Fault) {
        try state.withLock { (state) throws(File.Fault) in
            if state.needsRepair { try state.file.truncate(to: state.size) }
            state.needsRepair = true
            do throws(File.Fault) {
                try unsafe state.file.write(lines)
                if isDurable { try state.file.synchroniseData() }
            } catch {
                if (try? state.file.truncate(to: state.size)) != nil { state.needsRepair = false }
                throw error
            }
            state.needsRepair = false
            state.size += lines.count
            state.written = now
        }
    }

    /// The complete line that ends at `end`, without its line feed, and where it starts; the last one for `nil`.
    func line(before end: Int?) throws(File.Fault) -> (text: [UInt8], start: Int)? {
        try state.withLock { (state) throws(File.Fault) in
            try Self.line(before: end ?? state.size, in: state.file)
        }
    }

    static func line(before end: Int, in file: borrowing File) throws(File.Fault) -> (text: [UInt8], start: Int)? {
        guard end > 0 else { return nil }
        let start = try lineStart(before: end - 1, in: file)
        return (try file.read(end - 1 - start, at: start), start)
    }

    // MARK: A new file

    /// Whether the next line belongs into a new file: this one is full, or from another day (UTC).
    func isDue(_ rule: LogRotation, at now: Timestamp) -> Bool {
        state.withLock { state in rule.isDue(size: state.size, written: state.written, now: now) }
    }

    /// Gives the file another name and begins a new one. Whatever fails, lines go on into one of the two.
    func rotate(to name: String) throws(File.Fault) {
        try state.withLock { (state) throws(File.Fault) in
            // Somebody who moved it already would otherwise see a file of his overwritten.
            if try Self.isSame(path, state.file), unsafe rename(path, name) != 0 { throw .last }
            try Self.replace(&state, path)
        }
    }

    /// Puts other lines in the place of some, as one step on the disk; lines wait meanwhile. False where all of them stay,
    /// or the path leads elsewhere by now: then it is an older file.
    func rewrite(_ change: LineRewrite.Change) throws(File.Fault) -> Bool {
        try state.withLock { (state) throws(File.Fault) in
            guard try Self.isSame(path, state.file) else { return false }
            let part = path + LineRewrite.suffix
            guard try LineRewrite.write(path, upTo: state.size, to: part, change) else { return false }
            guard unsafe rename(part, path) == 0 else { throw .last }
            let written = state.written
            try Self.replace(&state, path)
            state.written = written
            return true
        }
    }

    /// Whether the path no longer leads to this file.
    func isMoved() throws(File.Fault) -> Bool {
        try state.withLock { (state) throws(File.Fault) in try !Self.isSame(path, state.file) }
    }

    /// Goes on in whatever the path leads to now, for programs that move the file away; false where nobody did.
    @discardableResult
    func reopen() throws(File.Fault) -> Bool {
        try state.withLock { (state) throws(File.Fault) in
            if try Self.isSame(path, state.file) { return false }
            try Self.replace(&state, path)
            return true
        }
    }

    private static func replace(_ state: inout State, _ path: String) throws(File.Fault) {
        if state.needsRepair, (try? state.file.truncate(to: state.size)) != nil { state.needsRepair = false }
        state = try open(path)
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? "."
        try File(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY).synchronise()
    }

    private static func isSame(_ path: String, _ file: borrowing File) throws(File.Fault) -> Bool {
        let ours = try file.status()
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return false }
            throw .last
        }
        return status.st_ino == ours.st_ino && status.st_dev == ours.st_dev
    }

    /// The position after the last line feed before `end`; 0 without one.
    private static func lineStart(before end: Int, in file: borrowing File) throws(File.Fault) -> Int {
        var end = end
        while end > 0 {
            let start = max(0, end - 65_536)
            let part = try file.read(end - start, at: start)
            if let feed = part.lastIndex(of: 0x0A) { return start + feed + 1 }
            end = start
        }
        return 0
    }
}
