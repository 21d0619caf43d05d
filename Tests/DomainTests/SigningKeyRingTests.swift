import Domain
import Testing

@Suite("Signing keys follow one another")
struct SigningKeyRingTests {
    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }

    private static func key(_ kid: String, from start: Int64, retired end: Int64? = nil) -> SigningKeyLife {
        SigningKeyLife(
            kid: kid, publishedAt: at(start - 360), signsFrom: at(start), retiredAt: end.map { at($0) })
    }

    /// The old key until 1000, the present one since then, the next one from 2000 on.
    private static let ring = SigningKeyRing([
        key("next", from: 2_000), key("old", from: 0, retired: 1_960), key("present", from: 1_000, retired: 2_960),
    ])

    @Test(
        "states, and each boundary",
        arguments: [
            (999, "old", "present"), (1_000, "present", "next"), (1_999, "present", "next"), (2_000, "next", nil),
            (9_999, "next", nil),
        ] as [(Int64, String, String?)])
    func states(_ row: (time: Int64, signing: String, next: String?)) {
        let now = Self.at(row.time)
        #expect(Self.ring.signing(at: now)?.kid == row.signing)
        // The one that begins last is the next; of several that wait, none is lost.
        if row.time >= 1_000 { #expect(Self.ring.next(at: now)?.kid == row.next) }
        for key in Self.ring.keys {
            let expected: SigningKeyState =
                if let end = key.retiredAt, now >= end {
                    .retired
                } else if key.kid == row.signing {
                    .signing
                } else {
                    key.signsFrom > now ? .next : .verifying
                }
            #expect(Self.ring.state(of: key, at: now) == expected)
        }
    }

    @Test func `a key is believed until the millisecond of its end`() {
        let old = Self.key("old", from: 0, retired: 1_960)
        #expect(!old.isRetired(at: Timestamp(milliseconds: 1_959_999)))
        #expect(old.isRetired(at: Timestamp(milliseconds: 1_960_000)))
        #expect(!Self.key("x", from: 0).isRetired(at: Timestamp(milliseconds: .max)))
    }

    @Test func `by a clock that is behind, the first key signs before its time`() {
        let ring = SigningKeyRing([Self.key("only", from: 10)])
        #expect(ring.signing(at: Self.at(9))?.kid == "only")
        #expect(ring.next(at: Self.at(9)) == nil)
        #expect(SigningKeyRing([]).signing(at: Self.at(0)) == nil)
        #expect(SigningKeyRing([Self.key("gone", from: 0, retired: 5)]).signing(at: Self.at(5)) == nil)
    }

    @Test(
        "a rotation is due so early that no key signs for longer than its period",
        arguments: [
            (1_000 + 10_000 - 361, 10_000, false), (1_000 + 10_000 - 360, 10_000, true), (99_999, 10_000, true),
            (99_999, 0, false), (1_000, 360, true), (1_000, 361, false),
        ] as [(Int64, Int64, Bool)])
    func due(_ row: (time: Int64, period: Int64, isDue: Bool)) {
        let ring = SigningKeyRing([Self.key("old", from: 0, retired: 1_960), Self.key("present", from: 1_000)])
        #expect(ring.isRotationDue(every: .seconds(row.period), at: Self.at(row.time)) == row.isDue)
    }

    @Test func `no rotation is due while a next key waits`() {
        #expect(!Self.ring.isRotationDue(every: .seconds(600), at: Self.at(1_999)))
        #expect(Self.ring.isRotationDue(every: .seconds(600), at: Self.at(2_240)))
        // Without a key there is nothing to follow.
        #expect(!SigningKeyRing([]).isRotationDue(every: .seconds(600), at: Self.at(0)))
    }

    @Test func `a key that has an end and no successor is followed at once, whatever the period`() {
        let ring = SigningKeyRing([Self.key("present", from: 0, retired: 5_000)])
        #expect(ring.isRotationDue(every: .zero, at: Self.at(10)))
    }

    @Test func `a key ends when the last token it can have signed has, and a margin later`() {
        let ring = SigningKeyRing([Self.key("old", from: 0, retired: 1_960), Self.key("present", from: 1_000)])
        let endings = ring.endings(successorFrom: Self.at(5_000), tokenLifetime: .seconds(900))
        #expect(endings == [Self.key("present", from: 1_000, retired: 5_960)])
    }

    /// The whole promise, by simulation: for any client that fetched the keys up to five minutes ago.
    @Test(arguments: [60, 900, 86_400] as [Int64])
    func `no token meets a client that has not had time to learn its key, or has forgotten it`(_ lifetime: Int64) {
        var lives = [Self.key("k0", from: 0)]
        let period: Int64 = 1_200
        var documents: [(time: Int64, kids: Set<String>)] = []
        var tokens: [(kid: String, from: Int64, until: Int64)] = []
        for now in stride(from: Int64(0), to: 12_000, by: 10) {
            var ring = SigningKeyRing(lives)
            if ring.isRotationDue(every: .seconds(period), at: Self.at(now)) {
                let start = Self.at(now) + SigningKeyRing.publicationLead
                for ended in ring.endings(successorFrom: start, tokenLifetime: .seconds(lifetime)) {
                    lives.removeAll { $0.kid == ended.kid }
                    lives.append(ended)
                }
                lives.append(
                    SigningKeyLife(
                        kid: "k\(lives.count)", publishedAt: Self.at(now), signsFrom: start, retiredAt: nil))
                ring = SigningKeyRing(lives)
            }
            documents.append((now, Set(lives.filter { !$0.isRetired(at: Self.at(now)) }.map(\.kid))))
            if let kid = ring.signing(at: Self.at(now))?.kid { tokens.append((kid, now, now + lifetime)) }
        }
        #expect(lives.count > 9)
        for document in documents {
            // Somebody fetched it then, and keeps it for as long as he is told to.
            for age in [0, 100, 200, 299] as [Int64] {
                let now = document.time + age
                for token in tokens where token.from <= now && now < token.until {
                    #expect(
                        document.kids.contains(token.kid), "at \(now) a copy of \(document.time) lacks \(token.kid)")
                }
            }
        }
    }
}
