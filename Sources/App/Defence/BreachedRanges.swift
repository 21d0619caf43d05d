internal import Concurrency
internal import Config
internal import Flows
internal import Glibc
internal import Outbound

/// Where the ranges of breached passwords are: files in a folder, or another server's answers. Reading blocks threads of its
/// own, because a disk may be slow and a network is.
struct BreachedRanges: Sendable {
    private let place: BreachedPlace
    private let pool: ThreadPool
    private let client: HTTPSGet
    private let report: @Sendable (SystemEvent) -> Void

    /// A range has some 40 kB, and with an interface's padding twice as much.
    private static let longest = 1 << 20
    /// Somebody waits for it at sign-up.
    private static let patience = Duration.seconds(3)

    /// - Parameter caFile: as ``Outbound/HTTPSGet``.
    init(_ place: BreachedPlace, caFile: String? = nil, _ report: @escaping @Sendable (SystemEvent) -> Void) {
        self.place = place
        self.report = report
        let threads =
            switch place {
            case .folder: 1
            case .server: 4
            }
        pool = ThreadPool(name: "lists", threads: threads)
        client = HTTPSGet(pool: pool, caFile: caFile)
    }

    /// The lines of a range; `nil` where they cannot be had. Which range that was is not told: it says something of a password.
    func callAsFunction(_ prefix: String) async -> [UInt8]? {
        switch place {
        case .folder(let folder):
            // As the usual programs name them.
            for name in [prefix, "\(prefix).txt"] {
                if let bytes = await pool.run({ try? File.all("\(folder)/\(name)", atMost: Self.longest) }) {
                    return bytes
                }
            }
            report(SystemEvent(.warning, "breached_passwords_unreadable", "a range in \(folder) cannot be read"))
        case .server(let url):
            do throws(HTTPSGet.Fault) {
                // Without padding the answer's length would tell which range it is.
                let answer = try await client.get(
                    "\(url)/\(prefix)", headers: ["Add-Padding: true"], maxBytes: Self.longest, timeout: Self.patience)
                guard answer.status == 200 else {
                    tell("it answers with the status \(answer.status)")
                    return nil
                }
                // A sign-in page of some network in between is a 200 too, and holds nobody's password.
                if Self.isRange(answer.bytes) { return answer.bytes }
                tell("its answer is no range")
            } catch {
                switch error {
                case .notHTTPS: tell("its URL is none")
                case .unreachable(let code): tell("it cannot be reached: \(code)")
                case .tooLong: tell("its answer is too long")
                }
            }
        }
        return nil
    }

    /// Lines `SUFFIX:COUNT` and nothing else, and at least one: a server of ranges has no empty one.
    private static func isRange(_ bytes: [UInt8]) -> Bool {
        let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }
        return !lines.isEmpty
            && lines.allSatisfy { line in
                let (suffix, rest) = (line.prefix(suffixCount), line.dropFirst(suffixCount))
                return suffix.count == suffixCount && suffix.allSatisfy(isHexadecimal) && rest.count > 1
                    && rest.first == UInt8(ascii: ":") && rest.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
            }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// Digits of a SHA-1 behind the five that name the range.
    private static let suffixCount = 35

    func stop() {
        client.stop()
        pool.shutDown()
    }

    private func tell(_ why: String) {
        report(SystemEvent(.warning, "breached_passwords_unreadable", "the server of ranges is of no use: \(why)"))
    }
}

extension File {
    /// The whole content of a file that is not longer than that.
    static func all(_ path: String, atMost limit: Int) throws(Fault) -> [UInt8] {
        let file = try File(path, O_RDONLY)
        let size = Int(try file.status().st_size)
        guard size <= limit else { throw Fault(number: EFBIG) }
        return try file.read(size, at: 0)
    }
}
