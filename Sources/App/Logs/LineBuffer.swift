/// Memory of a fixed size that lines are put together in.
///
/// Owns its memory. For one thread at a time.
@safe final class LineBuffer: @unchecked Sendable {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0
    private(set) var lines = 0

    init(capacity: Int) {
        self.capacity = capacity
        unsafe start = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    }

    deinit { unsafe start.deallocate() }

    func hasRoom(for length: Int) -> Bool { capacity - count >= length }

    func empty() {
        count = 0
        lines = 0
    }

    /// Adds one line and its line feed; one that does not fit is not there afterwards.
    @inline(__always)
    func addLine(_ write: (inout LineWriter) -> Void) {
        var writer = unsafe LineWriter(start: start, count: count, capacity: capacity)
        write(&writer)
        writer.put(UInt8(ascii: "\n"))
        guard writer.isWhole else { return }
        count = writer.count
        lines += 1
    }

    /// What was written since the last ``empty()``, for as long as `body` runs.
    func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A copy of the same.
    var bytes: [UInt8] { unsafe withBytes { unsafe Array($0) } }
}

/// Puts the parts of one line together, a few machine instructions for each.
///
/// Every part is checked against the end of the memory; what does not fit is left out, and the line is then not whole.
/// A value that lives on the stack, because each access to a class's property would be checked at run time.
@safe struct LineWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count: Int
    private(set) var isWhole = true

    @unsafe init(start: UnsafeMutablePointer<UInt8>, count: Int, capacity: Int) {
        unsafe self.start = start
        self.count = count
        self.capacity = capacity
    }

    /// Whether so many bytes fit.
    @inline(__always)
    private mutating func takes(_ length: Int) -> Bool {
        if capacity - count >= length { return true }
        isWhole = false
        return false
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        guard takes(1) else { return }
        unsafe start[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        guard takes(length) else { return }
        unsafe (start + count).update(from: text.utf8Start, count: length)
        count += length
    }

    @inline(__always)
    mutating func put(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBufferPointer { unsafe put($0) } }

    @inline(__always)
    mutating func put(_ bytes: ArraySlice<UInt8>) { unsafe bytes.withUnsafeBufferPointer { unsafe put($0) } }

    @inline(__always)
    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { unsafe put($0) }
    }

    private mutating func put(_ source: UnsafeBufferPointer<UInt8>) {
        guard let first = source.baseAddress, takes(source.count) else { return }
        unsafe (start + count).update(from: first, count: source.count)
        count += source.count
    }

    /// In decimal; negative numbers do not occur and become 0.
    mutating func put(decimal number: Int) {
        guard takes(20) else { return }
        var rest = UInt(max(number, 0))
        var length = 1
        var bound: UInt = 10
        while rest >= bound, length < 19 {
            length += 1
            bound &*= 10
        }
        for place in stride(from: count + length - 1, through: count, by: -1) {
            unsafe start[place] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
        count += length
    }

    /// Sixteen lower-case digits.
    @inline(__always)
    mutating func put(hex value: UInt64) {
        put(word: Self.digits(UInt32(truncatingIfNeeded: value >> 32)), 8)
        put(word: Self.digits(UInt32(truncatingIfNeeded: value)), 8)
    }

    /// A UUID in its usual form.
    mutating func put(high: UInt64, low: UInt64) {
        let parts = (
            Self.digits(UInt32(truncatingIfNeeded: high >> 32)), Self.digits(UInt32(truncatingIfNeeded: high)),
            Self.digits(UInt32(truncatingIfNeeded: low >> 32)), Self.digits(UInt32(truncatingIfNeeded: low))
        )
        put(word: parts.0, 8)
        put(UInt8(ascii: "-"))
        put(word: parts.1, 4)
        put(UInt8(ascii: "-"))
        put(word: parts.1 << 32, 4)
        put(UInt8(ascii: "-"))
        put(word: parts.2, 4)
        put(UInt8(ascii: "-"))
        put(word: parts.2 << 32, 4)
        put(word: parts.3, 8)
    }

    /// The first `length` of eight characters, the first in the highest byte.
    @inline(__always)
    private mutating func put(word: UInt64, _ length: Int) {
        guard takes(8) else { return }
        unsafe UnsafeMutableRawPointer(start + count).storeBytes(of: word.bigEndian, as: UInt64.self)
        count += length
    }

    /// Eight hex digits of a number, worked out for all of them at once.
    @inline(__always)
    private static func digits(_ value: UInt32) -> UInt64 {
        var spread = UInt64(value)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // One in each byte whose digit is a letter.
        let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}
