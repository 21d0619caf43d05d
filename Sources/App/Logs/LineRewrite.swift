internal import Glibc
internal import Standards

/// Reads a log's file line by line, compressed or not.
final class LogLineReader {
    private let file: File
    private let gunzip: GunzipStream?
    private let end: Int
    private var offset = 0
    private var buffer: [UInt8] = []
    private var start = 0
    private var isOver = false

    /// - Parameter end: in bytes, where to stop; `nil` for the file's end.
    init(_ path: String, upTo end: Int? = nil) throws(File.Fault) {
        file = try File(path, O_RDONLY)
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else { throw File.Fault(number: EINVAL) }
        self.end = end ?? Int(status.st_size)
        guard path.hasSuffix(".gz") else {
            gunzip = nil
            return
        }
        guard let gunzip = GunzipStream() else { throw File.Fault(number: ENOMEM) }
        self.gunzip = gunzip
    }

    /// The next line without its line feed, a last one without any included; `nil` at the end.
    func next() throws(File.Fault) -> [UInt8]? {
        var searched = start
        while true {
            if let feed = buffer[searched...].firstIndex(of: 0x0A) {
                let line = Array(buffer[start..<feed])
                start = feed + 1
                return line
            }
            searched = buffer.count - start
            buffer.removeSubrange(..<start)
            start = 0
            if isOver {
                guard !buffer.isEmpty else { return nil }
                let line = buffer
                buffer = []
                return line
            }
            try fill()
        }
    }

    private func fill() throws(File.Fault) {
        let piece = try file.read(min(1 << 18, end - offset), at: offset)
        offset += piece.count
        isOver = piece.isEmpty
        guard let gunzip else {
            buffer += piece
            return
        }
        guard let plain = gunzip.add(piece), !isOver || gunzip.isComplete else { throw File.Fault(number: EIO) }
        buffer += plain
    }
}

/// Writes a log's file anew with other lines in some places.
enum LineRewrite {
    /// What takes a line's place; `nil` where it stays.
    typealias Change = (_ line: [UInt8]) -> [UInt8]?

    static let suffix = ".part"

    /// Writes the file to another path, and returns when that is on the disk. False, and there is no other file, where
    /// every line stays.
    static func write(
        _ path: String, upTo end: Int? = nil, to part: String, _ change: Change
    ) throws(File.Fault) -> Bool {
        do throws(File.Fault) {
            let reader = try LogLineReader(path, upTo: end)
            let target = try File(part, O_WRONLY | O_CREAT | O_TRUNC)
            let gzip = path.hasSuffix(".gz") ? GzipStream(level: 1) : nil
            if path.hasSuffix(".gz"), gzip == nil { throw File.Fault(number: ENOMEM) }
            var hasChanged = false
            var gathered: [UInt8] = []
            func flush(isLast: Bool) throws(File.Fault) {
                guard let gzip else { return try target.write(gathered) }
                guard let packed = gzip.add(gathered, isLast: isLast) else { throw File.Fault(number: EIO) }
                try target.write(packed)
            }
            while let line = try reader.next() {
                let other = change(line)
                if other != nil { hasChanged = true }
                gathered += other ?? line
                gathered.append(0x0A)
                guard gathered.count >= 1 << 18 else { continue }
                try flush(isLast: false)
                gathered.removeAll(keepingCapacity: true)
            }
            guard hasChanged else {
                _ = unsafe unlink(part)
                return false
            }
            try flush(isLast: true)
            try target.synchronise()
            return true
        } catch {
            _ = unsafe unlink(part)
            throw error
        }
    }

    /// Replaces an older file; true where a line changed. A file that is gone meanwhile holds nothing any more.
    static func replace(_ path: String, _ change: Change) throws(File.Fault) -> Bool {
        do throws(File.Fault) {
            guard try write(path, to: path + suffix, change) else { return false }
        } catch {
            if error.number == ENOENT { return false }
            throw error
        }
        guard unsafe rename(path + suffix, path) == 0 else { throw .last }
        return true
    }
}
