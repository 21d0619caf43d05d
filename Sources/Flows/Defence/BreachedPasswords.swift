internal import Crypto
internal import Domain
internal import Standards

/// Refuses new passwords that are known from breaches, without telling anybody which one is asked for.
///
/// Only the first five hexadecimal digits of its SHA-1 leave this function: the range that they name has hundreds of
/// others (k-anonymity). SHA-1 is the lists' form, and protects nothing here.
struct BreachedPasswords: Sendable {
    let sources: DefenceSources

    /// To be asked once everything else about a password is right, and the throttles were: it may cost a file or a request.
    func problems(of password: Secret, in realm: Realm) async -> [FieldProblem] {
        let rules = realm.rules.defence
        guard rules.refusesBreachedPasswords else { return [] }
        // As it was typed, because that is what was breached; not in the form that is hashed here.
        let digest = Self.hexadecimal(Digest.sha1(password.exposed))
        guard let range = await sources.breachedRange(String(decoding: digest.prefix(5), as: UTF8.self)) else {
            return rules.allowsUncheckedPasswords
                ? []
                : [
                    FieldProblem(
                        field: "password", code: "breach_check_unavailable", message: "cannot be checked now, try later"
                    )
                ]
        }
        guard Self.holds(range, digest.dropFirst(5)) else { return [] }
        return [
            FieldProblem(field: "password", code: "breached", message: "is known from a breach of some other service")
        ]
    }

    /// Whether a line `SUFFIX:COUNT` begins with the rest of the digest, in any case. A count of zero is padding.
    static func holds(_ range: [UInt8], _ suffix: ArraySlice<UInt8>) -> Bool {
        range.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).contains { line in
            guard line.count > suffix.count + 1, line[line.startIndex + suffix.count] == UInt8(ascii: ":") else {
                return false
            }
            let count = line.dropFirst(suffix.count + 1)
            return line.prefix(suffix.count).map(upperCase).elementsEqual(suffix)
                && count.contains { $0 != UInt8(ascii: "0") }
        }
    }

    private static func upperCase(_ byte: UInt8) -> UInt8 { (0x61...0x7A).contains(byte) ? byte - 0x20 : byte }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
