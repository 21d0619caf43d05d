import Standards
import Testing

@Suite("JSON, RFC 8259")
struct JSONParseTests {
    @Test(
        "values",
        arguments: [
            ("null", nil), ("true", true), (" false\n", false), ("0", 0), ("-0", 0), ("-1", -1),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.0", .number(1)), ("1e300", .number(1e300)),
            ("1E+2", .number(100)), ("5e-324", .number(.leastNonzeroMagnitude)), ("1e-999", .number(0)), ("-0.5", -0.5),
            ("9007199254740993", .integer(9_007_199_254_740_993)),
            (#""""#, ""), (#""a""#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0000""#, "\0"),
            (#""\u00e9é""#, "éé"), (#""\ud83d\udd11🔑""#, "🔑🔑"), (#""\uFFFF""#, "\u{FFFF}"),
            ("[]", []), ("[ 1 , [ ] ]", [1, []]), ("{}", [:]), (#"{"a":1,"b":{"a":2}}"#, ["a": 1, "b": ["a": 2]]),
            ("{\"e\u{301}\":1,\"é\":2}", ["e\u{301}": 1, "é": 2]),
            ("{\"K\":1,\"\u{212A}\":2}", ["K": 1, "\u{212A}": 2]),
        ] as [(String, JSON)])
    func value(_ text: String, _ value: JSON) throws {
        let parsed = try JSON.parse(text)
        #expect(parsed == value)
        #expect(try JSON.parse(parsed.bytes) == value)
    }

    @Test(
        "refusals, each with its reason and place",
        arguments: [
            ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("nul", .unexpectedEnd, 3),
            ("nulL", .unexpectedByte, 3),
            ("\u{FEFF}1", .unexpectedByte, 0), ("1 2", .trailingBytes, 2), ("{} ,", .trailingBytes, 3),
            ("[1,]", .unexpectedByte, 3), ("[1", .unexpectedEnd, 2), ("[1 2]", .unexpectedByte, 3),
            ("{\"a\"}", .unexpectedByte, 4), ("{a:1}", .unexpectedByte, 1), ("{\"a\":1,}", .unexpectedByte, 7),
            ("{,}", .unexpectedByte, 1), ("'a'", .unexpectedByte, 0), ("// a", .unexpectedByte, 0),
            ("NaN", .unexpectedByte, 0), ("Infinity", .unexpectedByte, 0), ("+1", .unexpectedByte, 0),
            (".5", .unexpectedByte, 0), ("01", .malformedNumber, 0), ("-", .malformedNumber, 0),
            ("-01", .malformedNumber, 0), ("1.", .malformedNumber, 0), ("1e", .malformedNumber, 0),
            ("1e+", .malformedNumber, 0), ("0x10", .trailingBytes, 1), ("1e999", .numberOutOfRange, 0),
            ("[-1e999]", .numberOutOfRange, 1), ("\"a", .unexpectedEnd, 2), ("\"\u{1}\"", .controlCharacter, 1),
            ("\"a\nb\"", .controlCharacter, 2), ("\"a\r\nb\"", .controlCharacter, 2), ("\"\0\"", .controlCharacter, 1),
            ("\"\\n\u{1}\"", .controlCharacter, 3), (#""\x""#, .malformedEscape, 1), (#""\u12""#, .malformedEscape, 1),
            (#""\u12G4""#, .malformedEscape, 1), (#""\ud800""#, .malformedEscape, 1),
            (#""\udc00""#, .malformedEscape, 1), (#""\ud800\n""#, .malformedEscape, 1),
            (#""\ud800\ud800""#, .malformedEscape, 1), (#""\udc00\ud800""#, .malformedEscape, 1),
            (#"{"a":1,"a":2}"#, .duplicateName, 7), (#"{"a":1,"\u0061":2}"#, .duplicateName, 7),
            (#"{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"3":0}"#, .duplicateName, 55),
        ] as [(String, JSON.Problem.Reason, Int)])
    func refusal(_ text: String, _ reason: JSON.Problem.Reason, _ offset: Int) {
        #expect(throws: JSON.Problem(reason: reason, offset: offset)) { try JSON.parse(text) }
    }

    @Test(
        "bytes that are not UTF-8",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0x80],
            [0xF0, 0x9F, 0x94],
        ] as [[UInt8]])
    func malformedUTF8(_ bytes: [UInt8]) {
        let quoted = [0x22] + bytes + [0x22]
        #expect(throws: JSON.Problem(reason: .malformedUTF8, offset: 1)) { try JSON.parse(quoted) }
        let escaped = [0x22] + Array(#"\n"#.utf8) + bytes + [0x22]
        #expect(throws: JSON.Problem(reason: .malformedUTF8, offset: 1)) { try JSON.parse(escaped) }
        #expect(throws: JSON.Problem(reason: .unexpectedByte, offset: 0)) { try JSON.parse(bytes) }
    }

    @Test func `thirty-two levels are read and thirty-three are not`() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + String(repeating: close, count: depth)
        }
        _ = try JSON.parse(nested(32, "[", "]"))
        #expect(throws: JSON.Problem(reason: .tooDeep, offset: 32)) { try JSON.parse(nested(33, "[", "]")) }
        #expect(throws: JSON.Problem(reason: .tooDeep, offset: 32 * 5)) {
            try JSON.parse(String(repeating: #"{"a":"#, count: 100_000))
        }
        _ = try JSON.parse("[" + Array(repeating: "[[]]", count: 100).joined(separator: ",") + "]")
    }

    @Test func `the size is bounded before anything is read`() throws {
        let limits = JSON.Limits(bytes: 4)
        #expect(try JSON.parse("1234", limits: limits) == 1234)
        #expect(throws: JSON.Problem(reason: .tooLarge, offset: 4)) { try JSON.parse("12345", limits: limits) }
    }

    @Test func `a number is at most 128 characters long`() throws {
        _ = try JSON.parse("0." + String(repeating: "1", count: 126))
        #expect(throws: JSON.Problem.self) { try JSON.parse("0." + String(repeating: "1", count: 127)) }
    }

    @Test func `many names cost no square of their number`() throws {
        let text = "{" + (0..<50_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try JSON.parse(text) }
        #expect(time < .seconds(5))
    }

    @Test func `names are found by their bytes`() throws {
        let json = try JSON.parse("{\"\u{212A}ey\":1}")
        #expect(json["Key"] == nil)
        #expect(json["\u{212A}ey"] == 1)
        #expect(JSON.string("\u{212A}") != JSON.string("K"))
    }

    @Test func `whole numbers are whole however they are written, and never trap`() throws {
        #expect(try JSON.parse("1e3").integer == 1_000)
        #expect(try JSON.parse("1.5").integer == nil)
        #expect(try JSON.parse("1e300").integer == nil)
        #expect(try JSON.parse("9223372036854775808").integer == nil)
        #expect(try JSON.parse("\"1\"").integer == nil)
    }
}
