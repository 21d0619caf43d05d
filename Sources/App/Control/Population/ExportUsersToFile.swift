public import Config
internal import Crypto
internal import Glibc
internal import Standards

/// Writes all users of a realm to a new file, encrypted to the recipients that a file names.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when the file cannot be written, or neither a server nor the folder can be had.
public func exportUsers(
    of realm: String, to path: String, recipients: String, _ config: Config, tell: (Progress) -> Void
) throws -> ControlReply {
    let recipients = try AgeKeyFile.recipients(recipients)
    guard let age = AgeWriter(to: recipients, random: { Random.bytes($0) }) else {
        throw StartFault.refused("One of the recipients' keys is unusable.")
    }
    return try withControl(config) { send in
        let begun = try send(ControlRequest(realm: realm, .beginExport))
        guard begun.outcome == .done else { return begun }
        var file = try EncryptedFile(path, age)
        do {
            let reply = try file.writeUsers(of: realm, send, tell)
            if reply.outcome != .done { unsafe unlink(path) }
            return reply
        } catch {
            unsafe unlink(path)
            throw error
        }
    }
}

private struct EncryptedFile: ~Copyable {
    private let file: File
    private let path: String
    private var age: AgeWriter

    init(_ path: String, _ age: AgeWriter) throws {
        file = try Self.made(path)
        self.path = path
        self.age = age
    }

    private static func made(_ path: String) throws -> File {
        do { return try File(path, O_WRONLY | O_CREAT | O_EXCL) } catch {
            let reason = error.number == EEXIST ? "exists already" : error.description
            throw StartFault.refused("The file \(path) \(reason).")
        }
    }

    mutating func writeUsers(
        of realm: String, _ send: (ControlRequest) throws -> ControlReply, _ tell: (Progress) -> Void
    ) throws -> ControlReply {
        let start = Clock.monotonic()
        var count = 0
        var after: String?
        try write(age.head)
        repeat {
            let request = PageRequest(after: after, limit: PageRequest.longest)
            let reply = try send(ControlRequest(realm: realm, .export(request)))
            guard let page = reply.page else { return reply }
            try write(age.write(Array(page.items.map { $0 + "\n" }.joined().utf8)))
            count += page.items.count
            after = page.next
            tell(Progress(rows: count, share: nil, milliseconds: Clock.monotonic() - start))
        } while after != nil
        try write(age.finish())
        do throws(File.Fault) { try file.synchronise() } catch { throw fault(error) }
        let users = count == 1 ? "One user was" : "\(count) users were"
        return ControlReply(
            .done, "\(users) written to \(path), passwords' hashes included.",
            ["file": .string(path), "users": .integer(Int64(count))])
    }

    private func write(_ bytes: [UInt8]) throws {
        do throws(File.Fault) { try file.write(bytes) } catch { throw fault(error) }
    }

    private func fault(_ error: File.Fault) -> StartFault {
        .unavailable("The file \(path) \(error.description).")
    }
}
