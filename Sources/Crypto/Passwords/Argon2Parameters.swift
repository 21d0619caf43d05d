/// What Argon2 costs (RFC 9106 §3.1). More of each is slower for us and for whoever stole the database.
public struct Argon2Parameters: Hashable, Sendable {
    /// Memory, in KiB.
    public let memoryKiB: Int
    /// How many times the memory is passed over.
    public let passes: Int
    /// How many lanes the memory is split into. We make hashes with one; imported ones may have more.
    public let lanes: Int

    public init(memoryKiB: Int, passes: Int, lanes: Int = 1) {
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.lanes = lanes
    }

    /// 19 MiB, two passes, one lane: what OWASP's Password Storage Cheat Sheet asks for at the least.
    public static let standard = Argon2Parameters(memoryKiB: 19_456, passes: 2)

    /// No Argon2id hash may cost more, whoever wrote it: 1 GiB, 64 passes, 16 lanes.
    public static let ceiling = Argon2Parameters(memoryKiB: 1 << 20, passes: 64, lanes: 16)

    /// How stored hashes of this cost begin: `$argon2id$v=19$m=19456,t=2,p=1`.
    public var format: String { "$argon2id$v=19$\(costs)" }

    var costs: String { "m=\(memoryKiB),t=\(passes),p=\(lanes)" }

    /// True where any of the three is lower than wanted: such a hash is made again at the next sign-in.
    ///
    /// Lanes do not count: they divide the work and add none.
    public func isWeaker(than wanted: Argon2Parameters) -> Bool {
        memoryKiB < wanted.memoryKiB || passes < wanted.passes
    }

    var isBelowCeiling: Bool {
        isBelow(memoryKiB: Self.ceiling.memoryKiB, workKiB: HashCeiling.argon2idWorkKiB)
    }

    func isBelow(memoryKiB memory: Int, workKiB work: Int) -> Bool {
        memoryKiB <= memory && passes <= Self.ceiling.passes && lanes <= Self.ceiling.lanes
            && memoryKiB * passes <= work
    }

    /// What RFC 9106 §3.1 allows.
    var isPossible: Bool { lanes >= 1 && passes >= 1 && memoryKiB >= 8 * lanes }
}
