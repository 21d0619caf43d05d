internal import Glibc

/// Where an export goes: a new file of mode 600, written through a buffer.
///
/// A file that is there already is left alone, because an audit should not be overwritten by a slip.
@safe
public struct ExportFile: ~Copyable {
    private let file: File
    private let path: String
    private var buffer: [UInt8] = []

    private static let bufferSize = 1 << 16

    public init(_ path: String) throws {
        self.path = path
        do { file = try File(path, O_WRONLY | O_CREAT | O_EXCL) } catch {
            let reason = error.number == EEXIST ? "exists already" : error.description
            throw StartFault.refused("The file \(path) \(reason).")
        }
    }

    /// Adds a line end.
    public mutating func write(_ line: String) throws {
        buffer += line.utf8
        buffer.append(0x0A)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Returns when everything is on the disk.
    public mutating func finish() throws {
        try flush()
        do { try file.synchroniseData() } catch { throw fault(error) }
    }

    private mutating func flush() throws {
        do { try file.write(buffer) } catch { throw fault(error) }
        buffer.removeAll(keepingCapacity: true)
    }

    private func fault(_ error: File.Fault) -> StartFault {
        .unavailable("The file \(path) \(error.description); what it holds is not complete.")
    }
}
