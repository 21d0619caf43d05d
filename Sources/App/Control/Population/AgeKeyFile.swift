internal import Glibc
internal import Standards

/// Files with keys of age's: one on each line, comments after `#`.
enum AgeKeyFile {
    private static let longest = 1 << 16

    static func recipients(_ path: String) throws -> [AgeRecipient] {
        let lines = try lines(path)
        let recipients = lines.compactMap { AgeRecipient($0) }
        guard !recipients.isEmpty, recipients.count == lines.count else {
            if lines.contains(where: { AgeIdentity($0) != nil }) {
                throw StartFault.refused(
                    "\(path) holds a secret key. The export needs only its public half: age-keygen -y prints it.")
            }
            throw StartFault.refused("\(path) holds no public key of age's, a line that begins with 'age1'.")
        }
        return recipients
    }

    static func identities(_ path: String) throws -> [AgeIdentity] {
        let lines = try lines(path)
        let identities = lines.compactMap { AgeIdentity($0) }
        guard !identities.isEmpty, identities.count == lines.count else {
            throw StartFault.refused(
                "\(path) holds no secret key of age's, a line that begins with 'AGE-SECRET-KEY-1'.")
        }
        return identities
    }

    private static func lines(_ path: String) throws -> [String] {
        let bytes: [UInt8]
        do { bytes = try File(path, O_RDONLY).read(longest, at: 0) } catch {
            throw StartFault.refused("The file \(path) \(error.description).")
        }
        return bytes.split { $0 == 0x0A || $0 == 0x0D }
            .map { line in String(decoding: line.drop { $0 == 0x20 }.prefix { $0 != 0x20 }, as: UTF8.self) }
            .filter { !$0.isEmpty && $0.utf8.first != UInt8(ascii: "#") }
    }
}
