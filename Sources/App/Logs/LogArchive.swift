internal import CLinux
internal import Concurrency
internal import Domain
internal import Flows
internal import Glibc
internal import Standards
internal import Synchronization

/// The older files of the logs: compresses them, and removes them when their time is over.
///
/// On a thread of its own that gives way to every other, begun with the first rotation: a server that rotates nothing
/// has none. What a killed server left half done is done again.
final class LogArchive: Sendable {
    let folder: String
    let rotation: LogRotation
    private let logs: [String]
    private let now: @Sendable () -> Timestamp
    private let report: @Sendable (SystemEvent) -> Void
    private let thread = Lock<ThreadPool?>(nil)
    private let isStopping = Atomic(false)

    init(
        folder: String, logs: [String], rotation: LogRotation, now: @escaping @Sendable () -> Timestamp,
        report: @escaping @Sendable (SystemEvent) -> Void
    ) {
        self.folder = folder
        self.logs = logs
        self.rotation = rotation
        self.now = now
        self.report = report
    }

    /// A path for the file that is about to be old, which no file has.
    func path(for log: String) -> String {
        var time = now()
        while true {
            let path = "\(folder)/\(LogRotation.name(of: log, at: time))"
            if unsafe access(path, F_OK) != 0, unsafe access(path + ".gz", F_OK) != 0 { return path }
            time = time + .milliseconds(1)
        }
    }

    /// Compresses and removes what is due, without waiting for it.
    func settleSoon() {
        if isStopping.load(ordering: .relaxed) || rotation.maxBytes == 0 { return }
        begun().execute {
            linux_give_way()
            self.settle()
        }
    }

    /// Works on older files, while nothing else does.
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable () throws(File.Fault) -> Value
    ) async throws(File.Fault) -> Value {
        if isStopping.load(ordering: .relaxed) { throw File.Fault(number: EINTR) }
        return try await begun().run { () throws(File.Fault) in
            linux_give_way()
            return try body()
        }
    }

    private func begun() -> ThreadPool {
        thread.withLock { thread in
            let present = thread ?? ThreadPool(name: "archive", threads: 1)
            thread = present
            return present
        }
    }

    /// Gives up a compression under way; it begins anew at the next start.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        thread.withLock { $0.take() }?.shutDown()
    }

    func settle() {
        let oldest = now() - rotation.retention
        for name in names() {
            guard !isStopping.load(ordering: .relaxed) else { return }
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".gz.part"), logs.contains(where: { name.hasPrefix($0 + ".") }) {
                _ = unsafe unlink(path)
            }
            guard let (time, isCompressed) = logs.lazy.compactMap({ LogRotation.time(of: name, log: $0) }).first else {
                continue
            }
            if time < oldest {
                _ = unsafe unlink(path)
            } else if !isCompressed {
                do throws(File.Fault) { try compress(path) } catch {
                    report(SystemEvent(.warning, "log_not_compressed", "\(name) \(error.description)"))
                }
            }
        }
    }

    private func compress(_ path: String) throws(File.Fault) {
        let part = path + ".gz.part"
        guard let gzip = GzipStream(level: 1) else { throw File.Fault(number: ENOMEM) }
        do throws(File.Fault) {
            let source = try File(path, O_RDONLY)
            let target = try File(part, O_WRONLY | O_CREAT | O_TRUNC)
            var offset = 0
            while true {
                guard !isStopping.load(ordering: .relaxed) else {
                    _ = unsafe unlink(part)
                    return
                }
                let piece = try source.read(1 << 18, at: offset)
                offset += piece.count
                guard let output = gzip.add(piece, isLast: piece.isEmpty) else { throw File.Fault(number: EIO) }
                try target.write(output)
                if piece.isEmpty { break }
            }
            try target.synchronise()
        } catch {
            _ = unsafe unlink(part)
            throw error
        }
        guard unsafe rename(part, path + ".gz") == 0 else { throw .last }
        _ = unsafe unlink(path)
    }

    /// Of all files in the folder, oldest archive first.
    func names() -> [String] { FolderNames.all(in: folder) }
}

/// What a folder holds.
enum FolderNames {
    /// Sorted; none where the folder cannot be read.
    static func all(in folder: String) -> [String] {
        guard let entries = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(entries) }
        var names: [String] = []
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            names.append(String(decoding: name, as: UTF8.self))
        }
        return names.sorted()
    }
}
