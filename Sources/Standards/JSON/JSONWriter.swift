/// Appends compact JSON to bytes, without building a tree first.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.object { $0.member("status", "ok"); $0.member("count", 3) }
/// ```
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init(reserving capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    public mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }
    public mutating func array(_ body: (inout JSONWriter) -> Void) { nest("[", "]", body) }

    /// Writes a member's name; its value must be the next thing written.
    public mutating func name(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    public mutating func integer(_ value: Int64) {
        separate()
        append(decimal: value)
    }

    /// Shortest text that reads back as the same number; `null` for what JSON cannot say (infinities, not-a-number).
    public mutating func number(_ value: Double) {
        separate()
        bytes.append(contentsOf: value.isFinite ? value.description.utf8 : "null".utf8)
    }

    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Text that needs no escape, and is part of an object whose other parts are written around it: its commas and
    /// colons are its own.
    public mutating func verbatim(_ text: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = false
    }

    /// A text of `count` bytes that needs no escape, without making it first.
    mutating func quoted(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        separate()
        unsafe withUnsafeTemporaryAllocation(byteCount: count + 2, alignment: 1) { quoted in
            unsafe quoted[0] = UInt8(ascii: "\"")
            unsafe write(UnsafeMutableRawBufferPointer(rebasing: quoted[1...count]))
            unsafe quoted[count + 1] = UInt8(ascii: "\"")
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(quoted))
        }
    }

    /// Takes over one value that is known to be JSON, such as a column that only this server writes.
    public mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    public mutating func value(_ json: JSON) {
        switch json {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let text): string(text)
        case .array(let elements): array { writer in for element in elements { writer.value(element) } }
        case .object(let members):
            object { writer in for member in members { writer.member(member.name, json: member.value) } }
        }
    }

    private mutating func nest(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(decimal value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(48 + rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// Escapes what RFC 8259 §7 requires and nothing more.
    private mutating func quote(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { text in
            // What needs no escape is copied in runs; most texts are one.
            var run = 0
            for index in text.indices {
                let byte = unsafe text[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[run..<index]))
                escape(byte)
                run = index + 1
            }
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[run...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
        case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
        case ..<0x20:
            bytes.append(contentsOf: #"\u00"#.utf8)
            for digit in [byte >> 4, byte & 0x0F] { bytes.append(digit < 10 ? 48 + digit : 87 + digit) }
        default:
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        }
    }
}

extension JSONWriter {
    public mutating func member(_ name: String, _ text: String) {
        self.name(name)
        string(text)
    }

    public mutating func member(_ name: String, _ value: Int64) {
        self.name(name)
        integer(value)
    }

    public mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    public mutating func member(_ name: String, _ texts: [String]) {
        self.name(name)
        array { writer in for text in texts { writer.string(text) } }
    }

    public mutating func member(_ name: String, json: JSON) {
        self.name(name)
        value(json)
    }
}

extension JSON {
    /// Compact, members in their order.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The same as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
