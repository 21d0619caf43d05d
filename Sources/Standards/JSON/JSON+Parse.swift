extension JSON {
    /// Why bytes are not JSON that we take, and at which byte that showed.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public let reason: Reason
        /// Counted from 0.
        public let offset: Int

        public init(reason: Reason, offset: Int) {
            self.reason = reason
            self.offset = offset
        }

        public enum Reason: String, Hashable, CaseIterable, Sendable {
            case tooLarge, tooDeep, unexpectedEnd, unexpectedByte, trailingBytes
            /// Not UTF-8 (RFC 8259 §8.1), or a code point that UTF-8 must not encode.
            case malformedUTF8
            /// An unknown escape, or half of a surrogate pair.
            case malformedEscape
            /// Below U+0020 and not escaped.
            case controlCharacter
            /// Leading zeros, a bare point, no digits, or more than 128 characters.
            case malformedNumber
            /// Larger than any 64-bit floating-point number.
            case numberOutOfRange
            /// Two members of one object have the same name (RFC 8259 §4 leaves it open; RFC 8725 §2.4 shows the harm).
            case duplicateName
        }

        public var description: String { "\(reason.rawValue) at byte \(offset)" }
    }

    /// Holds what an attacker could make large.
    public struct Limits: Sendable {
        public let bytes: Int
        /// How many arrays and objects may stand within one another.
        public let depth: Int

        public init(bytes: Int, depth: Int = 32) {
            self.bytes = bytes
            self.depth = depth
        }

        /// 1 MiB and 32 levels.
        public static let standard = Limits(bytes: 1 << 20)
    }

    /// Reads exactly one value with nothing but blanks around it.
    public static func parse(_ bytes: [UInt8], limits: Limits = .standard) throws(Problem) -> JSON {
        guard bytes.count <= limits.bytes else { throw Problem(reason: .tooLarge, offset: limits.bytes) }
        var parser = JSONParser(bytes: bytes, depthLimit: limits.depth)
        return try parser.document()
    }

    public static func parse(_ text: String, limits: Limits = .standard) throws(Problem) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }
}

/// A recursive descent whose depth is bounded before it descends.
private struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0
    private let depth: Int
    private var levelsLeft: Int

    init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        depth = depthLimit
        levelsLeft = depthLimit
    }

    mutating func document() throws(JSON.Problem) -> JSON {
        let value = try value()
        skipBlanks()
        guard at == bytes.count else { throw problem(.trailingBytes) }
        return value
    }

    private mutating func value() throws(JSON.Problem) -> JSON {
        skipBlanks()
        switch try peek() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), 48...57: return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw problem(.unexpectedByte)
        }
    }

    private mutating func object() throws(JSON.Problem) -> JSON {
        try descend()
        var members: [JSON.Member] = []
        var names = JSONNames()
        skipBlanks()
        if try peek() != UInt8(ascii: "}") {
            // Claims and requests are one object of about as many members. Of many small objects none gets more than
            // it needs.
            if levelsLeft == depth - 1 { members.reserveCapacity(12) }
            repeat {
                skipBlanks()
                let start = at
                guard try peek() == UInt8(ascii: "\"") else { throw problem(.unexpectedByte) }
                let name = try string()
                guard names.insert(name, among: members) else {
                    throw JSON.Problem(reason: .duplicateName, offset: start)
                }
                skipBlanks()
                guard try peek() == UInt8(ascii: ":") else { throw problem(.unexpectedByte) }
                at += 1
                members.append(JSON.Member(name, try value()))
                skipBlanks()
            } while try takeComma(orEnd: UInt8(ascii: "}"))
        }
        at += 1
        levelsLeft += 1
        return .object(members)
    }

    private mutating func array() throws(JSON.Problem) -> JSON {
        try descend()
        var elements: [JSON] = []
        skipBlanks()
        if try peek() != UInt8(ascii: "]") {
            repeat {
                elements.append(try value())
                skipBlanks()
            } while try takeComma(orEnd: UInt8(ascii: "]"))
        }
        at += 1
        levelsLeft += 1
        return .array(elements)
    }

    private mutating func descend() throws(JSON.Problem) {
        guard levelsLeft > 0 else { throw problem(.tooDeep) }
        levelsLeft -= 1
        at += 1
    }

    private mutating func takeComma(orEnd end: UInt8) throws(JSON.Problem) -> Bool {
        let byte = try peek()
        if byte == end { return false }
        guard byte == UInt8(ascii: ",") else { throw problem(.unexpectedByte) }
        at += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSON.Problem) -> JSON {
        for expected in word.utf8 {
            guard try peek() == expected else { throw problem(.unexpectedByte) }
            at += 1
        }
        return value
    }

    private mutating func string() throws(JSON.Problem) -> String {
        at += 1
        let start = at
        let end = endOfPlainText(from: start)
        at = end
        let byte = try peek()
        if byte == UInt8(ascii: "\"") {
            let text = try text(bytes[start..<end], from: start)
            at += 1
            return text
        }
        if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
        throw problem(.controlCharacter)
    }

    /// The place of the first quote, backslash or control character, or the end.
    private func endOfPlainText(from start: Int) -> Int {
        let span = bytes.span
        var place = start
        while place < span.count {
            let byte = span[place]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            place += 1
        }
        return place
    }

    /// Goes on from the first backslash of a text that began at `start`.
    private mutating func escapedString(from start: Int) throws(JSON.Problem) -> String {
        var unescaped = Array(bytes[start..<at])
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                let text = try text(unescaped[...], from: start)
                at += 1
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &unescaped)
            case ..<0x20:
                throw problem(.controlCharacter)
            default:
                unescaped.append(byte)
                at += 1
            }
        }
    }

    private func text(_ utf8: ArraySlice<UInt8>, from start: Int) throws(JSON.Problem) -> String {
        guard let text = try? UTF8Span(validating: utf8.span) else {
            throw JSON.Problem(reason: .malformedUTF8, offset: start)
        }
        return String(copying: text)
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(JSON.Problem) {
        let start = at
        at += 1
        let kind = try peek()
        at += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(kind)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal(escapeStart: start)
            if (0xD800...0xDBFF).contains(code) {
                guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
                    throw JSON.Problem(reason: .malformedEscape, offset: start)
                }
                at += 2
                let low = try hexadecimal(escapeStart: start)
                guard (0xDC00...0xDFFF).contains(low) else {
                    throw JSON.Problem(reason: .malformedEscape, offset: start)
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw JSON.Problem(reason: .malformedEscape, offset: start)
            }
            unescaped.append(contentsOf: String(Character(scalar)).utf8)
        default: throw JSON.Problem(reason: .malformedEscape, offset: start)
        }
    }

    private mutating func hexadecimal(escapeStart: Int) throws(JSON.Problem) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            let digit = try peek()
            let value: UInt8
            switch digit {
            case 48...57: value = digit - 48
            case 65...70: value = digit - 55
            case 97...102: value = digit - 87
            default: throw JSON.Problem(reason: .malformedEscape, offset: escapeStart)
            }
            code = code << 4 | UInt32(value)
            at += 1
        }
        return code
    }

    private mutating func number() throws(JSON.Problem) -> JSON {
        let start = at
        var isInteger = true
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let first = at
        guard takeDigits() > 0, bytes[first] != UInt8(ascii: "0") || at == first + 1 else {
            throw JSON.Problem(reason: .malformedNumber, offset: start)
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            isInteger = false
            guard takeDigits() > 0 else { throw JSON.Problem(reason: .malformedNumber, offset: start) }
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            isInteger = false
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            guard takeDigits() > 0 else { throw JSON.Problem(reason: .malformedNumber, offset: start) }
        }
        guard at - start <= 128 else { throw JSON.Problem(reason: .malformedNumber, offset: start) }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSON.Problem(reason: .numberOutOfRange, offset: start)
        }
        return .number(value)
    }

    private mutating func takeDigits() -> Int {
        let start = at
        while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
        return at - start
    }

    private mutating func skipBlanks() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }

    private func peek() throws(JSON.Problem) -> UInt8 {
        guard at < bytes.count else { throw problem(.unexpectedEnd) }
        return bytes[at]
    }

    private func problem(_ reason: JSON.Problem.Reason) -> JSON.Problem { JSON.Problem(reason: reason, offset: at) }
}

/// The names one object has so far. Few are compared one by one; from the seventeenth on they are hashed, so that an
/// object of a hundred thousand members costs no square of it.
private struct JSONNames {
    private var seen: Set<JSON> = []

    /// False when the name is there already.
    mutating func insert(_ name: String, among members: [JSON.Member]) -> Bool {
        if members.count < 16 { return !members.contains { JSON.isSame($0.name, name) } }
        if seen.isEmpty { seen = Set(members.map { .string($0.name) }) }
        return seen.insert(.string(name)).inserted
    }
}
