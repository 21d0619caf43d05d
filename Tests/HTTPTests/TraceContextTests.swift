import HTTP
import Testing

@Suite("A trace context") struct TraceContextTests {
    static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    static let parent = "00f067aa0ba902b7"

    private func context(_ fields: [(FieldName, String)]) -> TraceContext? {
        var headers = Headers()
        for (name, value) in fields { headers.add(name, value) }
        return TraceContext(headers, span: 0x0102_0304_0506_0708)
    }

    @Test func `is taken over from the caller, with a span of our own`() throws {
        let taken = context([("TraceParent", "00-\(Self.trace)-\(Self.parent)-01")])
        let context = try #require(taken)
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == "0102030405060708")
        #expect(context.parent == 0x00f0_67aa_0ba9_02b7)
        #expect(context.isSampled)
        #expect(context.traceparent == "00-\(Self.trace)-0102030405060708-01")
    }

    @Test(arguments: ["00", "02", "fe"]) func `passes on the flag it knows and no other`(_ flags: String) {
        let taken = context([("traceparent", "00-\(Self.trace)-\(Self.parent)-\(flags)")])
        #expect(taken?.traceparent == "00-\(Self.trace)-0102030405060708-00")
    }

    @Test(
        arguments: [
            "cc-\(trace)-\(parent)-01", "cc-\(trace)-\(parent)-01-what-the-future-will-be-like",
            "01-\(trace)-\(parent)-01-",
        ]) func `of a later version is read as far as it is known`(_ text: String)
    {
        #expect(context([("traceparent", text)])?.traceID == Self.trace)
    }

    static let malformed = [
        "", "-", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-", "00-\(trace)-\(parent)-1",
        "00-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-01-x", "00-\(trace)-\(parent)-011",
        "ff-\(trace)-\(parent)-01", "cc-\(trace)-\(parent)-01.what", "cc-\(trace)-\(parent)-012",
        "0-\(trace)-\(parent)-01", "000-\(trace)-\(parent)-01", "00-\(trace.uppercased())-\(parent)-01",
        "00-\(trace)-\(parent.uppercased())-01", "0X-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-0F",
        "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
        "00-\(trace.dropLast())g-\(parent)-01", "00-\(trace.dropLast())-\(parent)-01x",
        "00_\(trace)_\(parent)_01", "00-\(trace)-\(parent)-01,00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-é",
        "00-\(trace)\u{0}-\(parent)-01",
    ]
    @Test(arguments: malformed) func `that is malformed in any way counts as none`(_ text: String) {
        #expect(context([("traceparent", text), ("tracestate", "a=1")]) == nil)
    }

    @Test func `that comes twice counts as none`() {
        let value = "00-\(Self.trace)-\(Self.parent)-01"
        #expect(context([("traceparent", value), ("traceparent", value)]) == nil)
    }

    private func state(_ values: String...) throws -> String? {
        let parent: [(FieldName, String)] = [("traceparent", "00-\(Self.trace)-\(Self.parent)-01")]
        let fields = parent + values.map { ("tracestate" as FieldName, $0) }
        let taken = context(fields)
        return try #require(taken).state
    }

    @Test func `passes tracestate on, combined and in its order`() throws {
        #expect(try state() == nil)
        #expect(try state("rojo=00f067aa0ba902b7") == "rojo=00f067aa0ba902b7")
        #expect(try state("a=1,b=2", "c=3") == "a=1,b=2,c=3")
        #expect(try state(" a=1 ,\t,, b=2 ") == "a=1,b=2")
        #expect(try state("fw529a3039@dt=FfD_B;:!, a*/-_0=x y") == "fw529a3039@dt=FfD_B;:!,a*/-_0=x y")
        #expect(try state("0tenant@system=1") == "0tenant@system=1")
    }

    @Test(
        arguments: [
            "a", "=1", "a=", "a=1=2", "A=1", "0a=1", "a=1,a=2", "a b=1", "a@=1", "@a=1", "a@b@c=1", "a@0b=1",
            "a@\(String(repeating: "b", count: 15))=1", "a=é", "\(String(repeating: "a", count: 257))=1",
            "a=\(String(repeating: "x", count: 257))", (0...32).map { "k\($0)=1" }.joined(separator: ","),
        ]) func `drops a tracestate that is malformed, and keeps the trace`(_ text: String) throws
    {
        #expect(try state(text) == nil)
    }

    @Test func `shortens a long tracestate: long members first, then those at the end`() throws {
        let long = "long=\(String(repeating: "x", count: 200))"
        let short = (0..<30).map { "k\($0)=\(String(repeating: "y", count: 10))" }
        let kept = try #require(try state(([long] + short).joined(separator: ",")))
        #expect(kept == short.joined(separator: ","))
        let many = (0..<32).map { "k\($0)=\(String(repeating: "y", count: 100))" }
        #expect(try state(many.joined(separator: ",")) == many.prefix(4).joined(separator: ","))
    }

    @Test func `begins here with numbers that do not repeat`() {
        var numbers = TraceNumbers(start: 7, other: 9)
        var seen: Set<String> = []
        for _ in 0..<10_000 {
            let context = numbers.context(Headers())
            #expect(context.parent == 0 && !context.isSampled && context.state == nil)
            seen.insert(context.traceID)
            seen.insert(context.spanID)
        }
        #expect(seen.count == 20_000)
    }
}
