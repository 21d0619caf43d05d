import Concurrency
import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Sign-up's defences") struct SignUpDefenceTests {
    private static func attempt(
        _ world: World, _ name: String, password: String = ThrottleTests.password, mail: String = "example.com",
        proof: ProofOfWork.Solution? = nil
    ) async throws -> String {
        let input = SignUp.Input(username: name, email: "\(name)@\(mail)", password: Secret(utf8: password))
        switch try await world.useCases.signUp(input.with(proof), in: world.realm, from: World.source) {
        case .signedUp: return "made"
        case .refused(.proofOfWorkRequired): return "required"
        case .refused(.proofOfWorkInvalid): return "invalid"
        case .refused(.invalid(let problems)): return problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
        case let other: return "\(other)"
        }
    }

    /// As a client does it.
    private static func solve(_ challenge: ProofOfWork.Challenge) -> String {
        var number = 0
        while true {
            let digest = Digest.sha256(Array("\(challenge.text).\(number)".utf8))
            let zeros = digest.prefix { $0 == 0 }.count
            if zeros * 8 + digest[zeros].leadingZeroBitCount >= challenge.difficulty { return "\(number)" }
            number += 1
        }
    }

    @Test(arguments: Backend.available)
    func `an account takes a solution where the realm asks for one, and each solution makes one`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend, settings: ThrottleTests.world { $0.proofOfWork = 10 }) { world async throws in
            let work = world.useCases.defence.proofOfWork
            #expect(try await Self.attempt(world, "maria") == "required")
            let challenge = work.challenge(in: world.realm)
            #expect(challenge.difficulty == 10)
            let solution = Self.solve(challenge)
            let proof = ProofOfWork.Solution(challenge: challenge.text, solution: solution)
            for wrong in [
                ProofOfWork.Solution(challenge: challenge.text, solution: solution + "x"),
                ProofOfWork.Solution(challenge: String(challenge.text.dropLast(2)), solution: solution),
                ProofOfWork.Solution(challenge: "A" + challenge.text.dropFirst(), solution: solution),
                ProofOfWork.Solution(challenge: "", solution: ""),
            ] {
                #expect(try await Self.attempt(world, "maria", proof: wrong) == "invalid")
            }
            #expect(try await Self.attempt(world, "maria", proof: proof) == "made")
            #expect(try await Self.attempt(world, "rui", proof: proof) == "invalid")
        }
    }

    @Test(arguments: Backend.available)
    func `of many sign-ups with one solution at once one goes on`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: ThrottleTests.world { $0.proofOfWork = 4 }) { world async throws in
            let challenge = world.useCases.defence.proofOfWork.challenge(in: world.realm)
            let proof = ProofOfWork.Solution(challenge: challenge.text, solution: Self.solve(challenge))
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<12 {
                    group.addTask { try await Self.attempt(world, "person\(number)", proof: proof) == "made" }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 1)
        }
    }

    @Test func `a challenge is for one realm and one act, and for ten minutes`() async throws {
        try await withWorld(.sqlite, settings: ThrottleTests.world { $0.proofOfWork = 1 }) { world async throws in
            let work = world.useCases.defence.proofOfWork
            func problem(_ challenge: ProofOfWork.Challenge, in realm: Realm) -> ProofOfWork.Refusal? {
                let proof = ProofOfWork.Solution(challenge: challenge.text, solution: Self.solve(challenge))
                return work.problem(with: proof, for: .signUp, in: realm)
            }
            let other = try #require(RealmName("other").map { World.settings($0).with(world.realm.rules) })
            #expect(problem(work.challenge(in: world.realm), in: world.realm) == nil)
            #expect(problem(work.challenge(in: other), in: world.realm) == .invalid)
            #expect(problem(work.challenge(for: .askForMail, in: world.realm), in: world.realm) == .invalid)
            let challenge = work.challenge(in: world.realm)
            world.clock.advance(by: .seconds(599))
            #expect(problem(challenge, in: world.realm) == nil)
            world.clock.advance(by: .seconds(1))
            #expect(problem(challenge, in: world.realm) == .invalid)
        }
    }

    @Test func `a challenge that was made when less was asked for is not good any more`() async throws {
        try await withWorld(.sqlite, settings: ThrottleTests.world { $0.proofOfWork = 8 }) { world async throws in
            let work = world.useCases.defence.proofOfWork
            for difficulty in [0, 7, 8, 9] {
                var rules = world.realm.rules
                rules.defence.proofOfWork = difficulty
                let challenge = work.challenge(in: world.realm.with(rules))
                let proof = ProofOfWork.Solution(challenge: challenge.text, solution: Self.solve(challenge))
                let isGood = work.problem(with: proof, for: .signUp, in: world.realm) == nil
                #expect(isGood == (difficulty >= 8), "\(difficulty)")
                let name = "person\(difficulty)"
                #expect(try await Self.attempt(world, name, proof: proof) == (isGood ? "made" : "invalid"))
            }
        }
    }

    @Test(arguments: [([UInt8(0), 0, 1], 23), ([0x80], 0), ([0x01], 7), ([0], 8), ([0, 0xFF], 8)])
    func `zero bits are counted from the left`(_ digest: [UInt8], _ count: Int) {
        #expect(ProofOfWork.zeroBits(digest) == count)
    }

    @Test func `disposable addresses are refused where the realm says so, with every other problem`() async throws {
        let list = DomainList(Array("# none\nMailinator.com\n\n  b\u{FC}cher.example \r\nnot a domain\n".utf8))
        #expect(list.count == 2)
        #expect(list.unreadable == [5])
        let sources = DefenceSources(breachedRange: { _ in nil }, isDisposable: { list.contains($0) })
        let strict = ThrottleTests.world { $0.refusesDisposableMail = true }
        try await Self.withLists(sources, strict) { world async throws in
            for mail in ["mailinator.com", "MAILINATOR.COM", "a.b.mailinator.com", "b\u{FC}cher.example"] {
                #expect(try await Self.attempt(world, "maria", mail: mail) == "email disposable_address", "\(mail)")
            }
            let both = try await Self.attempt(world, "maria", password: "short", mail: "mailinator.com")
            #expect(both == "password password_too_short, email disposable_address")
            #expect(try await Self.attempt(world, "maria", mail: "notmailinator.com") == "made")
        }
        try await Self.withLists(sources, ThrottleTests.world()) { world async throws in
            #expect(try await Self.attempt(world, "maria", mail: "mailinator.com") == "made")
        }
    }

    @Test func `passwords from breaches are refused, and five digits of their digest are all that is asked`()
        async throws
    {
        // SHA-1 of the usual password of these tests.
        let digest = Digest.sha1(Array(ThrottleTests.password.utf8))
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        let (prefix, suffix) = (String(digest.prefix(5)), String(digest.dropFirst(5)))
        let asked = Lock<[String]>([])
        func world(
            _ lines: String?, allowsUnchecked: Bool = false, _ body: (World) async throws -> Void
        ) async throws {
            let sources = DefenceSources(
                breachedRange: { given in
                    asked.withLock { $0.append(given) }
                    return lines.map { Array($0.utf8) }
                }, isDisposable: { _ in false })
            try await Self.withLists(
                sources,
                ThrottleTests.world {
                    $0.refusesBreachedPasswords = true
                    $0.allowsUncheckedPasswords = allowsUnchecked
                }, body)
        }
        let other = "0123456789ABCDEF0123456789ABCDEF012:3"
        for lines in ["\(other)\r\n\(suffix):17\r\n", "\(suffix.lowercased()):1", "\(suffix):100\n\(other)"] {
            try await world(lines) { world async throws in
                #expect(try await Self.attempt(world, "maria") == "password breached")
            }
        }
        for lines in ["", other, "\(suffix):0\n", "\(suffix)", "\(suffix)0:1", "\(suffix.dropLast()):1"] {
            try await world(lines) { world async throws in
                #expect(try await Self.attempt(world, "maria") == "made")
            }
        }
        try await world(nil) { world async throws in
            #expect(try await Self.attempt(world, "maria") == "password breach_check_unavailable")
        }
        try await world(nil, allowsUnchecked: true) { world async throws in
            #expect(try await Self.attempt(world, "maria") == "made")
        }
        #expect(asked.withLock { Set($0) } == [prefix])
    }

    private static func withLists(
        _ sources: DefenceSources, _ realm: Realm, _ body: (World) async throws -> Void
    ) async throws {
        try await Backend.sqlite.withStore { store in
            try await body(
                try await World.open(
                    store, clock: ManualClock(Backend.systemClock()), realm: realm, defenceSources: sources))
        }
    }
}
