internal import Crypto
public import Domain
internal import Standards
internal import Storage

/// Makes asking costly for programs that ask often: a client finds a text that gives a digest with enough zero bits.
///
/// A challenge is nowhere stored: its MAC binds what it says to the realm and to what it is for. Only the spent ones are
/// remembered, until they would have expired.
public final class ProofOfWork: Sendable {
    let store: any Store
    let keys: DefenceKeys
    let capabilities: Capabilities

    init(store: any Store, keys: DefenceKeys, capabilities: Capabilities) {
        self.store = store
        self.keys = keys
        self.capabilities = capabilities
    }

    public struct Challenge: Sendable {
        public let text: String
        public let difficulty: Int
        public let expiresAt: Timestamp
    }

    /// What a client sends back.
    public struct Solution: Sendable {
        let challenge: String
        let solution: String

        public init(challenge: String, solution: String) {
            self.challenge = challenge
            self.solution = solution
        }
    }

    public enum Refusal: Hashable, Sendable {
        case required
        /// Not made here, not for this, expired, not solved, or used before.
        case invalid
    }

    public static let lifetime = Duration.seconds(600)
    /// In bytes of UTF-8.
    public static let longestSolution = 64
    public static let algorithm = "SHA-256"
    /// How long after its end a spent challenge is remembered: longer than the nodes' clocks differ.
    private static let spentMemory = Duration.seconds(60)
    private static let randomCount = 16
    private static let payloadCount = randomCount + 9
    private static let macCount = 16

    /// Of no bits where the realm asks for no solution.
    public func challenge(in realm: Realm) -> Challenge { challenge(for: .signUp, in: realm) }

    func challenge(for act: Throttles.Act, in realm: Realm) -> Challenge {
        let end = capabilities.now() + Self.lifetime
        let difficulty = realm.rules.defence.proofOfWork
        let payload =
            capabilities.random(Self.randomCount) + end.milliseconds.bigEndianBytes
            + [UInt8(truncatingIfNeeded: difficulty)]
        let mac = keys.mac("challenge", realm.name.text, act.rawValue, Base64URL.encode(payload))
        return Challenge(
            text: Base64URL.encode(payload + mac.prefix(Self.macCount)), difficulty: difficulty, expiresAt: end)
    }

    /// What is wrong with a solution, as far as that can be told without the database: one digest and one MAC.
    func problem(with solution: Solution?, for act: Throttles.Act, in realm: Realm) -> Refusal? {
        guard realm.rules.defence.proofOfWork > 0 else { return nil }
        guard let solution else { return .required }
        return opened(solution, for: act, in: realm) == nil ? .invalid : nil
    }

    /// Takes a solution that has no problem: of many that show it, one may go on.
    func spend(_ solution: Solution?, for act: Throttles.Act, in realm: Realm) async throws(StoreFault) -> Refusal? {
        guard realm.rules.defence.proofOfWork > 0 else { return nil }
        guard let solution else { return .required }
        guard let (payload, end) = opened(solution, for: act, in: realm) else { return .invalid }
        let key = keys.mac("spent challenge", realm.name.text, Base64URL.encode(payload))
        let isFirst = try await store.transaction { (tx) throws(StoreFault) in
            try tx.claim(key, until: end + Self.spentMemory)
        }
        return isFirst ? nil : .invalid
    }

    private func opened(
        _ solution: Solution, for act: Throttles.Act, in realm: Realm
    ) -> (payload: [UInt8], end: Timestamp)? {
        guard let bytes = Base64URL.decode(solution.challenge), bytes.count == Self.payloadCount + Self.macCount,
            solution.solution.utf8.count <= Self.longestSolution
        else { return nil }
        let payload = Array(bytes.prefix(Self.payloadCount))
        let end = Timestamp(
            milliseconds: Int64(bitPattern: payload[Self.randomCount..<Self.payloadCount - 1].bigEndian))
        guard
            keys.isMAC(
                Array(bytes.suffix(Self.macCount)), of: "challenge", realm.name.text, act.rawValue,
                Base64URL.encode(payload)),
            capabilities.now() < end,
            // One that was made before the realm asked for more is not good any more; one that is harder than it has to be is.
            Int(payload[Self.payloadCount - 1]) >= realm.rules.defence.proofOfWork,
            Self.zeroBits(Digest.sha256(Array("\(solution.challenge).\(solution.solution)".utf8)))
                >= Int(payload[Self.payloadCount - 1])
        else { return nil }
        return (payload, end)
    }

    /// How many bits at the beginning are zero.
    static func zeroBits(_ digest: [UInt8]) -> Int {
        let zeros = digest.prefix { $0 == 0 }.count
        return zeros * 8 + (zeros < digest.count ? digest[zeros].leadingZeroBitCount : 0)
    }
}
