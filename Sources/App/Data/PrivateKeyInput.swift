public import Domain
internal import Glibc

/// Where a private key to be imported, or a key that is sent along, comes from: a file that only its owner may read, or
/// standard input.
public enum PrivateKeyInput {
    private static let limit = 65_536

    /// `-` is standard input.
    public static func read(_ path: String) throws(StartFault) -> Secret {
        let bytes = try text(path)
        guard !bytes.isEmpty, bytes.count <= limit else {
            throw .refused("That is no private key: it is empty or too long.")
        }
        return Secret(bytes)
    }

    /// At most one byte more than a key may have.
    static func text(_ path: String) throws(StartFault) -> [UInt8] {
        path == "-" ? standardInput() : try contents(of: path)
    }

    private static func contents(of path: String) throws(StartFault) -> [UInt8] {
        let mode: mode_t
        let bytes: [UInt8]
        do throws(File.Fault) {
            let file = try File(path, O_RDONLY | O_NONBLOCK)
            mode = try file.status().st_mode
            bytes = mode & S_IFMT == S_IFREG ? try file.read(limit + 1, at: 0) : []
        } catch { throw .configuration("The file \(path) \(error.description).") }
        guard mode & S_IFMT == S_IFREG else { throw .configuration("\(path) is not a plain file.") }
        guard mode & 0o077 == 0 else {
            throw .configuration(
                "The file \(path) may be read by other users, who then have the key; give it mode 600.")
        }
        return bytes
    }

    private static func standardInput() -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= limit {
            let count = unsafe Glibc.read(STDIN_FILENO, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += part.prefix(count)
        }
        return bytes
    }
}
