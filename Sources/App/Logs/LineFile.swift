internal import Concurrency
internal import Glibc

/// A file of complete lines that only ever grows by whole batches, whatever the disk does in between.
///
/// A class, because it owns the open file. Every call blocks: only for the log's own thread.
final class LineFile: Sendable {
    private struct State: ~Copyable {
        let file: File
        /// Where the last batch that is known to be on the disk ends.
        var size: Int
        /// True while what lies behind `size` is unknown.
        var needsRepair = false
    }

    private let state: Lock<State>

    /// Opens or makes the file with mode 600, and cuts off a last line that was not written to its end.
    init(_ path: String) throws(File.Fault) {
        let file = try File(path, O_RDWR | O_CREAT | O_APPEND)
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else { throw File.Fault(number: EINVAL) }
        try file.setMode(0o600)
        let size = try Self.lineStart(before: Int(status.st_size), in: file)
        if size != Int(status.st_size) {
            try file.truncate(to: size)
            try file.synchroniseData()
        }
        state = Lock(State(file: file, size: size))
    }

    /// Appends lines that each end with a line feed, with one write, and returns when they are on the disk.
    ///
    /// After a failure nothing of the batch counts: what was written of it is removed, now or before the next one.
    func append(_ lines: [UInt8]) throws(File.Fault) {
        try state.withLock { (state) throws(File.Fault) in
            if state.needsRepair { try state.file.truncate(to: state.size) }
            state.needsRepair = true
            do throws(File.Fault) {
                try state.file.write(lines)
                try state.file.synchroniseData()
            } catch {
                if (try? state.file.truncate(to: state.size)) != nil { state.needsRepair = false }
                throw error
            }
            state.needsRepair = false
            state.size += lines.count
        }
    }

    /// The complete line that ends at `end`, without its line feed, and where it starts; the last one for `nil`.
    func line(before end: Int?) throws(File.Fault) -> (text: [UInt8], start: Int)? {
        try state.withLock { (state) throws(File.Fault) in
            let end = end ?? state.size
            guard end > 0 else { return nil }
            let start = try Self.lineStart(before: end - 1, in: state.file)
            return (try state.file.read(end - 1 - start, at: start), start)
        }
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
