/// A UUIDv7 (RFC 9562 §5.7). `ID<User>` and `ID<Session>` are different types with the same bytes.
///
/// The first 48 bits are the time of making in milliseconds, so ids sort roughly by age and an index
/// grows at one end. They are names, never secrets: nothing is allowed because somebody knows one.
public struct ID<Entity>: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes a new id from a time and ten random bytes; version and variant bits are set here.
    public init(at time: Timestamp, random: [UInt8]) {
        precondition(random.count >= 10, "an id takes ten random bytes")
        var randA: UInt64 = 0
        for byte in random[0..<2] { randA = randA << 8 | UInt64(byte) }
        var randB: UInt64 = 0
        for byte in random[2..<10] { randB = randB << 8 | UInt64(byte) }
        high = UInt64(truncatingIfNeeded: time.milliseconds) << 16 | 0x7000 | (randA & 0x0FFF)
        low = 0x8000_0000_0000_0000 | (randB & 0x3FFF_FFFF_FFFF_FFFF)
    }

    /// Sixteen bytes in network order, or `nil` for any other count.
    public init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == 16 else { return nil }
        let middle = bytes.startIndex + 8
        self.init(
            high: bytes[..<middle].reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes[middle...].reduce(0) { $0 << 8 | UInt64($1) })
    }

    public init?(bytes: [UInt8]) { self.init(bytes: bytes[...]) }

    public var bytes: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                unsafe buffer[index] = UInt8(truncatingIfNeeded: high >> (56 - 8 * index))
                unsafe buffer[index + 8] = UInt8(truncatingIfNeeded: low >> (56 - 8 * index))
            }
            count = 16
        }
    }

    /// Says that an id of one kind names a thing of another: an event's subject is a user.
    public func reinterpreted<Other>(as: Other.Type = Other.self) -> ID<Other> { ID<Other>(high: high, low: low) }
}

extension ID: Comparable {
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

extension ID: LosslessStringConvertible {
    /// Lower-case, with hyphens: `0193…-7…-8…-…` (RFC 9562 §4).
    public var text: String {
        unsafe String(unsafeUninitializedCapacity: Self.textCount) { text in
            unsafe write(to: UnsafeMutableRawBufferPointer(text))
            return Self.textCount
        }
    }

    /// How many bytes the text has.
    package static var textCount: Int { 36 }

    /// The same without making a text; `text` has at least ``textCount`` bytes.
    package func write(to text: UnsafeMutableRawBufferPointer) {
        let second = Self.digits(UInt32(truncatingIfNeeded: high))
        let third = Self.digits(UInt32(truncatingIfNeeded: low >> 32))
        unsafe text.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: high >> 32)).bigEndian, as: UInt64.self)
        unsafe text.storeBytes(of: UInt32(truncatingIfNeeded: second >> 32).bigEndian, toByteOffset: 9, as: UInt32.self)
        unsafe text.storeBytes(of: UInt32(truncatingIfNeeded: second).bigEndian, toByteOffset: 14, as: UInt32.self)
        unsafe text.storeBytes(of: UInt32(truncatingIfNeeded: third >> 32).bigEndian, toByteOffset: 19, as: UInt32.self)
        unsafe text.storeBytes(of: UInt32(truncatingIfNeeded: third).bigEndian, toByteOffset: 24, as: UInt32.self)
        unsafe text.storeBytes(
            of: Self.digits(UInt32(truncatingIfNeeded: low)).bigEndian, toByteOffset: 28, as: UInt64.self)
        let hyphen = UInt8(ascii: "-")
        unsafe text[8] = hyphen
        unsafe text[13] = hyphen
        unsafe text[18] = hyphen
        unsafe text[23] = hyphen
    }

    /// Eight lower-case hex digits, the first one highest: each half byte gets a byte of its own, and those above 9 the
    /// distance between `9` and `a` besides.
    private static func digits(_ number: UInt32) -> UInt64 {
        var spread = UInt64(number)
        spread = (spread << 16 | spread) & 0x0000_FFFF_0000_FFFF
        spread = (spread << 8 | spread) & 0x00FF_00FF_00FF_00FF
        spread = (spread << 4 | spread) & 0x0F0F_0F0F_0F0F_0F0F
        let isLetter = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27
    }

    public var description: String { text }

    /// Reads the 36-character form, hex digits in either case.
    public init?(_ description: String) {
        let text = description.utf8Span.span
        let hyphen = UInt8(ascii: "-")
        guard text.count == Self.textCount, text[8] == hyphen, text[13] == hyphen, text[18] == hyphen,
            text[23] == hyphen,
            let first = Self.number(text, 0..<8), let second = Self.number(text, 9..<13),
            let third = Self.number(text, 14..<18), let fourth = Self.number(text, 19..<23),
            let fifth = Self.number(text, 24..<36)
        else { return nil }
        self.init(high: first << 32 | second << 16 | third, low: fourth << 48 | fifth)
    }

    private static func number(_ text: Span<UInt8>, _ digits: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for place in digits {
            let byte = text[place]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - 48
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - 87
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - 55
            default: return nil
            }
            number = number << 4 | UInt64(digit)
        }
        return number
    }
}
