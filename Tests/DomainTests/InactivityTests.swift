import Domain
import Testing

@Suite("Unused accounts") struct InactivityTests {
    private static let day = Duration.seconds(86_400)
    private static let start = Timestamp(milliseconds: 0)
    private static let rule = InactivityRule(limit: day * 100, warnings: [day * 7, day * 30, day * 7])

    private static func after(_ days: Int) -> Timestamp { start + day * days }

    private static func verdict(_ days: Int, warned: (step: Int, at: Int)? = nil) -> InactivityRule.Verdict {
        rule.verdict(
            lastUse: start,
            warned: warned.map { InactivityRule.Warned(step: day * $0.step, at: after($0.at)) }, now: after(days))
    }

    @Test func `a person is warned at each step once, and loses the account at the end`() {
        #expect(Self.verdict(69) == .nothing)
        #expect(Self.verdict(70) == .warn(step: Self.day * 30, end: Self.after(100)))
        #expect(Self.verdict(71, warned: (30, 70)) == .nothing)
        #expect(Self.verdict(92, warned: (30, 70)) == .nothing)
        #expect(Self.verdict(93, warned: (30, 70)) == .warn(step: Self.day * 7, end: Self.after(100)))
        #expect(Self.verdict(94, warned: (7, 93)) == .nothing)
        #expect(Self.verdict(99, warned: (7, 93)) == .nothing)
        #expect(Self.verdict(100, warned: (7, 93)) == .end)
    }

    @Test func `nobody loses an account without having been warned in time`() {
        // The rule is new, and the account has been unused for longer than it allows.
        #expect(Self.verdict(800) == .warn(step: Self.day * 30, end: Self.after(830)))
        #expect(Self.verdict(822, warned: (30, 800)) == .nothing)
        #expect(Self.verdict(823, warned: (30, 800)) == .warn(step: Self.day * 7, end: Self.after(830)))
        #expect(Self.verdict(829, warned: (7, 823)) == .nothing)
        #expect(Self.verdict(830, warned: (7, 823)) == .end)
        // The last warning was late.
        #expect(Self.verdict(104, warned: (7, 98)) == .nothing)
        #expect(Self.verdict(105, warned: (7, 98)) == .end)
    }

    @Test func `without a limit nothing happens, and without warnings the end comes by itself`() {
        let never = InactivityRule(limit: nil, warnings: [Self.day])
        #expect(never.verdict(lastUse: Self.start, warned: nil, now: Self.after(100_000)) == .nothing)
        #expect(never.earliest == nil)
        let silent = InactivityRule(limit: Self.day * 100, warnings: [])
        #expect(silent.verdict(lastUse: Self.start, warned: nil, now: Self.after(99)) == .nothing)
        #expect(silent.verdict(lastUse: Self.start, warned: nil, now: Self.after(100)) == .end)
        #expect(silent.earliest == Self.day * 100 && Self.rule.earliest == Self.day * 70)
    }

    @Test func `a warning that is longer than the whole time is none`() {
        #expect(
            InactivityRule(limit: Self.day * 40, warnings: [Self.day * 60, Self.day * 5]).warnings == [Self.day * 5])
    }
}
