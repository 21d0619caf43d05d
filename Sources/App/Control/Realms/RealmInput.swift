internal import Glibc
internal import Standards

/// Where a realm's file comes from: a file, or standard input.
public enum RealmInput {
    private static let limit = 1 << 20

    /// The command that applies it; `-` is standard input.
    public static func applying(
        _ path: String, isDryRun: Bool, acceptsMisfits: Bool = false
    ) throws(StartFault) -> ControlCommand {
        .realm(.apply(try read(path), isDryRun: isDryRun, acceptsMisfits: acceptsMisfits))
    }

    private static func read(_ path: String) throws(StartFault) -> JSON {
        let name = path == "-" ? "Standard input" : "The file \(path)"
        let bytes = path == "-" ? standardInput() : try contents(of: path)
        guard bytes.count <= limit else { throw .refused("\(name) is longer than 1 MiB.") }
        do throws(JSON.Problem) { return try JSON.parse(bytes) } catch {
            throw .refused("\(name) is no JSON: \(error.description).")
        }
    }

    private static func contents(of path: String) throws(StartFault) -> [UInt8] {
        do throws(File.Fault) {
            let file = try File(path, O_RDONLY)
            return try file.read(limit + 1, at: 0)
        } catch { throw .refused("The file \(path) \(error.description).") }
    }

    private static func standardInput() -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = unsafe Glibc.read(STDIN_FILENO, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += part.prefix(count)
        }
        return bytes
    }
}
