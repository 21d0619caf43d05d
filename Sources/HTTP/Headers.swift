/// Header fields in the order of arrival, as one run of bytes and the places of names and values in it.
///
/// Names are compared without regard to ASCII case. No value holds CR, LF or NUL, so writing the fields
/// out can never add a line.
public struct Headers: Sendable {
    private(set) var bytes: [UInt8]
    private(set) var fields: [Field]
    /// Whether `bytes` are the lines of `fields` just as an answer sends them, and none of them is the writer's own.
    private(set) var areLines: Bool
    /// ``bit(_:last:)`` of every name: most look-ups of what is not there end here.
    private var names: UInt64

    struct Field: Sendable {
        let nameStart: UInt32
        let nameCount: UInt32
        let valueStart: UInt32
        let valueCount: UInt32

        @inline(__always)
        var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
        @inline(__always)
        var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueCount) }

        /// Positions lie below 4 GiB, because ``ParserLimits`` bounds a head far below it.
        @inline(__always)
        init(name: Range<Int>, value: Range<Int>) {
            nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
            nameCount = UInt32(truncatingIfNeeded: name.count)
            valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
            valueCount = UInt32(truncatingIfNeeded: value.count)
        }
    }

    public init() {
        bytes = []
        fields = []
        areLines = true
        names = 0
    }

    /// Of a head that was read.
    init(bytes: [UInt8], fields: [Field], names: UInt64) {
        self.bytes = bytes
        self.fields = fields
        self.names = names
        areLines = false
    }

    /// One of 64 bits, for names of so many bytes that end so: those that requests carry have nearly all another.
    @inline(__always)
    static func bit(_ count: Int, last: UInt8) -> UInt64 {
        1 &<< (UInt64(truncatingIfNeeded: count) &* 5 &+ UInt64(last.lowered))
    }

    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    /// The first value of that name, as text; octets that are not UTF-8 become U+FFFD.
    public subscript(name: FieldName) -> String? {
        guard let field = firstField(name) else { return nil }
        return String(decoding: bytes[field.value], as: UTF8.self)
    }

    /// The first value of that name, as it was sent.
    public func bytes(of name: FieldName) -> ArraySlice<UInt8>? {
        guard let field = firstField(name) else { return nil }
        return bytes[field.value]
    }

    /// What the fields of a name say that must not be given twice.
    public enum Single: Sendable {
        case absent
        case repeated
        /// As it was sent.
        case value(ArraySlice<UInt8>)
    }

    /// The value of that name's only field.
    public func single(_ name: FieldName) -> Single {
        guard mayContain(name) else { return .absent }
        var found: Field?
        for field in fields where matches(field, name) {
            if found != nil { return .repeated }
            found = field
        }
        return found.map { .value(bytes[$0.value]) } ?? .absent
    }

    /// Every value of that name, in order.
    public func values(of name: FieldName) -> [String] {
        guard mayContain(name) else { return [] }
        return fields.compactMap { matches($0, name) ? String(decoding: bytes[$0.value], as: UTF8.self) : nil }
    }

    /// How many fields have that name.
    public func count(of name: FieldName) -> Int { fields.count { matches($0, name) } }

    public func contains(_ name: FieldName) -> Bool { firstField(name) != nil }

    /// Adds a field and keeps those of the same name.
    ///
    /// A control character in `value` becomes a space (RFC 9110 §5.5 asks this for CR, LF and NUL), and
    /// blanks at its ends are left out.
    public mutating func add(_ name: FieldName, _ value: String) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name.text.utf8)
        let nameEnd = bytes.count
        bytes.append(UInt8(ascii: ":"))
        bytes.append(0x20)
        let valueStart = bytes.count
        bytes.append(contentsOf: value.utf8)
        for index in valueStart..<bytes.count where !bytes[index].isFieldContent { bytes[index] = 0x20 }
        let trimmed = bytes.span.trimmed(valueStart..<bytes.count)
        bytes.removeSubrange(trimmed.upperBound...)
        bytes.removeSubrange(valueStart..<trimmed.lowerBound)
        fields.append(Field(name: nameStart..<nameEnd, value: valueStart..<bytes.count))
        bytes.append(0x0D)
        bytes.append(0x0A)
        names |= name.bit
        areLines = areLines && !Response.isWriters(bytes.span, nameStart..<nameEnd)
    }

    /// Adds a field and removes every other of the same name.
    public mutating func set(_ name: FieldName, _ value: String) {
        remove(name)
        add(name, value)
    }

    public mutating func remove(_ name: FieldName) {
        guard firstField(name) != nil else { return }
        fields = fields.filter { !matches($0, name) }
        areLines = false
    }

    /// All fields as text, for tests and logs; not for the hot path.
    public var pairs: [(name: String, value: String)] {
        fields.map {
            (String(decoding: bytes[$0.name], as: UTF8.self), String(decoding: bytes[$0.value], as: UTF8.self))
        }
    }

    private func firstField(_ name: FieldName) -> Field? {
        guard mayContain(name) else { return nil }
        for field in fields where matches(field, name) { return field }
        return nil
    }

    /// Whether a field of that name can be there at all.
    @inline(__always)
    func mayContain(_ name: FieldName) -> Bool { names & name.bit != 0 }

    @inline(__always)
    func matches(_ field: Field, _ name: FieldName) -> Bool {
        Int(field.nameCount) == name.count && isSpelled(field, name)
    }

    private func isSpelled(_ field: Field, _ name: FieldName) -> Bool {
        let wanted = name.text.utf8Span.span
        let bytes = bytes.span
        let start = Int(field.nameStart)
        // From the end: many names of the same length begin with the same word.
        var offset = wanted.count
        while offset > 0 {
            offset -= 1
            let (octet, other) = (bytes[start + offset], wanted[offset])
            guard octet == other || octet.lowered == other.lowered else { return false }
        }
        return true
    }
}

/// The name of a header field: one or more `tchar` (RFC 9110 §5.1).
public struct FieldName: Sendable, ExpressibleByStringLiteral {
    public let text: String
    /// In bytes.
    let count: Int
    let bit: UInt64

    /// A literal is the source's own word, so it is only checked in debug builds.
    public init(stringLiteral text: StaticString) {
        self.init(checked: text.description)
        assert(Self.isValid(self.text), "not a token")
    }

    /// Text from elsewhere; anything but a token is `nil`.
    public init?(_ text: String) {
        guard Self.isValid(text) else { return nil }
        self.init(checked: text)
    }

    private init(checked text: String) {
        self.text = text
        count = text.utf8.count
        bit = Headers.bit(count, last: text.utf8.last ?? 0)
    }

    private static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { OctetSet.token.contains($0) }
    }
}
