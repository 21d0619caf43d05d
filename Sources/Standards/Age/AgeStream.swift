internal import Crypto
internal import Domain

/// The body of a file of age's: pieces of 64 KiB, each sealed, counted, and the last one marked (STREAM).
enum AgeStream {
    static let pieceCount = 1 << 16
    static let nonceCount = 16

    static func key(_ fileKey: Secret, nonce: [UInt8]) -> Secret {
        HKDF.sha256(input: fileKey, salt: nonce, info: Array("payload".utf8), count: ChaCha20Poly1305.keyCount)
    }

    /// Eleven bytes of the piece's number, and one that says whether it is the last.
    static func nonce(_ number: UInt64, isLast: Bool) -> [UInt8] {
        [0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) } + [isLast ? 1 : 0]
    }
}

/// Encrypts a file to recipients (age-encryption.org/v1), as it is written.
public struct AgeWriter: Sendable {
    private let key: Secret
    private var number: UInt64 = 0
    private var pending: [UInt8] = []
    /// What goes before everything that ``write(_:)`` gives.
    public let head: [UInt8]

    /// `nil` without recipients, and for one whose key is of small order.
    public init?(to recipients: [AgeRecipient], random: (Int) -> [UInt8]) {
        let fileKey = Secret(random(AgeHeader.fileKeyCount))
        let nonce = random(AgeStream.nonceCount)
        guard !recipients.isEmpty, let header = AgeHeader.write(fileKey, to: recipients, random: random) else {
            return nil
        }
        head = header + nonce
        key = AgeStream.key(fileKey, nonce: nonce)
    }

    /// Takes bytes and gives what is ready of the file.
    public mutating func write(_ bytes: [UInt8]) -> [UInt8] {
        pending += bytes
        var sealed: [UInt8] = []
        var start = 0
        // A piece that is full is held back until there is more: the last one is marked.
        while pending.count - start > AgeStream.pieceCount {
            let piece = Array(pending[start..<(start + AgeStream.pieceCount)])
            sealed += ChaCha20Poly1305.seal(piece, key: key, nonce: AgeStream.nonce(number, isLast: false))
            number += 1
            start += AgeStream.pieceCount
        }
        pending.removeFirst(start)
        return sealed
    }

    /// The end of the file, without which nobody takes it for complete.
    public mutating func finish() -> [UInt8] {
        defer { pending = [] }
        return ChaCha20Poly1305.seal(pending, key: key, nonce: AgeStream.nonce(number, isLast: true))
    }
}

/// Decrypts a file of age's, as it is read. What it gives was checked; whether the file is complete, ``finish()`` says.
public struct AgeReader: Sendable {
    public enum Fault: String, Error, CaseIterable, Sendable {
        case notEncrypted = "not_encrypted"
        /// None of the identities is one that it was encrypted to.
        case wrongIdentity = "wrong_identity"
        case malformed
        /// The end is missing.
        case unfinished
    }

    private enum State {
        case header
        case nonce(Secret)
        case body(Secret)
    }

    private let identities: [AgeIdentity]
    private var state = State.header
    private var number: UInt64 = 0
    private var pending: [UInt8] = []

    public init(_ identities: [AgeIdentity]) { self.identities = identities }

    /// Whether a file begins like one of age's.
    public static func isEncrypted(_ start: [UInt8]) -> Bool { start.starts(with: AgeHeader.version) }

    public mutating func read(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
        pending += bytes
        if case .header = state {
            switch AgeHeader.read(pending, with: identities) {
            case .incomplete: return []
            case .malformed: throw .malformed
            case .notForUs: throw .wrongIdentity
            case .read(let fileKey, let count):
                pending.removeFirst(count)
                state = .nonce(fileKey)
            }
        }
        if case .nonce(let fileKey) = state {
            guard pending.count >= AgeStream.nonceCount else { return [] }
            state = .body(AgeStream.key(fileKey, nonce: Array(pending.prefix(AgeStream.nonceCount))))
            pending.removeFirst(AgeStream.nonceCount)
        }
        guard case .body(let key) = state else { return [] }
        var plain: [UInt8] = []
        var start = 0
        let size = AgeStream.pieceCount + ChaCha20Poly1305.tagCount
        while pending.count - start > size {
            guard
                let piece = ChaCha20Poly1305.open(
                    Array(pending[start..<(start + size)]), key: key, nonce: AgeStream.nonce(number, isLast: false))
            else { throw .malformed }
            plain += piece
            number += 1
            start += size
        }
        pending.removeFirst(start)
        return plain
    }

    /// The last piece. Only a file without content may end with an empty one.
    public mutating func finish() throws(Fault) -> [UInt8] {
        guard case .body(let key) = state else { throw .unfinished }
        guard
            let piece = ChaCha20Poly1305.open(pending, key: key, nonce: AgeStream.nonce(number, isLast: true))
        else { throw .unfinished }
        guard !piece.isEmpty || number == 0 else { throw .malformed }
        return piece
    }
}
