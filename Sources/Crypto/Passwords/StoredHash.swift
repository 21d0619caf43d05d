public import Domain

/// A stored password hash taken apart: ours, or one that another system made. Comparing takes tens of milliseconds and
/// up to seconds: call ``fits(_:normalised:)`` on a `ThreadPool`.
public struct StoredHash: Sendable, CustomStringConvertible, CustomReflectable {
    public typealias Problem = HashProblem

    private let text: HashText

    private init(_ text: HashText) { self.text = text }

    /// Recognises a hash by its text, in every spelling of every format that `docs/PASSWORD-HASHES.md` lists.
    ///
    /// Computes nothing; what it takes is bounded by ``HashCeiling``.
    public static func read(_ text: String) -> Result<StoredHash, Problem> {
        Result { () throws(Problem) in StoredHash(try HashText(text)) }
    }

    /// A hash that costs what hashes of this ``format`` cost and belongs to no password; `nil` for what is no format.
    public static func dummy(format: String) -> StoredHash? { HashText(filling: format).map { StoredHash($0) } }

    /// The text to store in `passwords.hash`. Reading it again gives the same hash and the same text.
    public var canonical: Secret { Secret(utf8: text.canonical) }

    /// The text to store in `passwords.format`: algorithm and costs, without salt and digest.
    public var format: String { text.format }

    public var description: String { format }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// True where the hash is to be made again from the password: another algorithm than ours, or weaker than `wanted`.
    public func needsRehash(wanted: Argon2Parameters) -> Bool {
        guard case .argon2(let text) = text, text.isOurs else { return true }
        return text.parameters.isWeaker(than: wanted)
    }

    /// True where the password is the one the hash was made from; compared in constant time.
    ///
    /// A foreign hash was made of the bytes that somebody typed, one of ours of their normal form. Both are tried, the
    /// likelier first, where they differ. How much work that is depends on the password and the format, and on nothing
    /// that is secret: a dummy of the same format costs the same.
    public func fits(_ typed: Secret, normalised: Secret) throws(PasswordHashRefusal) -> Bool {
        var (first, second) = (typed, normalised)
        if case .argon2(let text) = text, text.isOurs { swap(&first, &second) }
        if try fits(first.exposed) { return true }
        return first.exposed != second.exposed ? try fits(second.exposed) : false
    }

    private func fits(_ password: [UInt8]) throws(PasswordHashRefusal) -> Bool {
        switch text {
        case .argon2(let text): try text.fits(password)
        case .bcrypt(let text): try text.fits(password)
        case .pbkdf2(let text): try text.fits(password)
        case .scrypt(let text): try text.fits(password)
        case .crypt(let text): try text.fits(password)
        }
    }
}
