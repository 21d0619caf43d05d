internal import Flows
internal import Glibc
internal import Standards

/// A file of users on its way in: opened, decrypted where it is encrypted, taken apart, and its fields given the names that
/// an import knows. One piece of it is held at a time.
struct RowSource: ~Copyable {
    enum Item {
        case row(ImportRow)
        case refused(ImportProblem)
        /// Not meant to be taken, such as somebody who was deleted there.
        case skipped(ImportProblem)
    }

    /// What one row may have: it travels to a server in one message with others.
    static let longestRow = 1 << 17
    private static let pieceSize = 1 << 18

    private let file: File
    private let path: String
    private let format: ImportFormat
    private let names: FieldNames
    private let identities: [AgeIdentity]
    let size: Int

    init(_ path: String, _ format: ImportFormat, _ names: FieldNames, identities: [AgeIdentity]) throws {
        let file = try Self.opened(path)
        do { size = Int(try file.status().st_size) } catch {
            throw StartFault.refused("The file \(path) \(error.description).")
        }
        self.file = file
        self.path = path
        self.format = format
        self.names = names
        self.identities = identities
    }

    /// Gives every row to `take`, in the order of the file, with how many bytes of the file were read.
    ///
    /// - Throws: ``StartFault`` for a file that cannot be read, ``Standards/TableFault`` where the rest cannot be, or whatever
    ///   `take` throws.
    mutating func read(_ take: (_ item: Item, _ offset: Int) throws -> Void) throws {
        var offset = 0
        let start = try piece(at: 0)
        var age: AgeReader?
        if AgeReader.isEncrypted(start) {
            guard !identities.isEmpty else {
                throw StartFault.refused("The file \(path) is encrypted; --identity names the file with the key.")
            }
            age = AgeReader(identities)
        }
        var parser: RowParser?
        while true {
            let bytes = try piece(at: offset)
            offset += bytes.count
            let plain = try decrypt(bytes, &age)
            if parser == nil, !plain.isEmpty || bytes.isEmpty { parser = RowParser(format, names, start: plain) }
            try parser?.read(plain[...]) { try take($0, offset) }
            if bytes.isEmpty { break }
        }
        try parser?.finish { try take($0, offset) }
    }

    private static func opened(_ path: String) throws -> File {
        do { return try File(path, O_RDONLY) } catch {
            throw StartFault.refused("The file \(path) \(error.description).")
        }
    }

    private func piece(at offset: Int) throws -> [UInt8] {
        do { return try file.read(Self.pieceSize, at: offset) } catch {
            throw StartFault.unavailable("The file \(path) \(error.description).")
        }
    }

    private func decrypt(_ bytes: [UInt8], _ age: inout AgeReader?) throws -> [UInt8] {
        guard age != nil else { return bytes }
        do throws(AgeReader.Fault) {
            return try bytes.isEmpty ? age?.finish() ?? [] : age?.read(bytes) ?? []
        } catch {
            switch error {
            case .wrongIdentity:
                throw StartFault.refused("The file \(path) was encrypted to another key than the identity's.")
            case .unfinished: throw StartFault.refused("The file \(path) is not complete: its end is missing.")
            case .notEncrypted, .malformed:
                throw StartFault.refused("The file \(path) was changed after it was encrypted, or is damaged.")
            }
        }
    }
}

/// How a file of users is written.
public enum ImportFormat: String, CaseIterable, Sendable {
    case jsonl
    case csv
    /// What pg_dump, or the dashboard's CSV export, gives of Supabase's table `auth.users`.
    case supabase

    /// What a file's name says; `nil` where it says nothing.
    public init?(fileName: String) {
        let name = fileName.utf8
        func ends(_ suffix: String) -> Bool { name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }
        let formats: [(String, ImportFormat)] = [(".csv", .csv), (".jsonl", .jsonl), (".ndjson", .jsonl)]
        guard let found = formats.first(where: { ends($0.0) || ends($0.0 + ".age") }) else { return nil }
        self = found.1
    }
}
