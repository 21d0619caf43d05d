import CZlib
import Standards
import Testing

@Suite("Gzip") struct GzipTests {
    static let contents: [[UInt8]] = [
        [], [0], Array("{}".utf8), [UInt8](repeating: 0x61, count: 1_000_000),
        // A multiplicative sequence: nothing repeats, so nothing gets smaller.
        (0..<100_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) },
    ]

    @Test(arguments: contents.indices) func `what is compressed is what comes out again`(_ index: Int) throws {
        let content = Self.contents[index]
        for effort in [Gzip.Effort.once, .kept] {
            let packed = try #require(Gzip.compress(content, effort))
            #expect(Self.inflated(packed, count: content.count) == content)
        }
    }

    @Test func `the same bytes give the same bytes, without a name and a time`() throws {
        let content = Array("the same".utf8)
        let packed = try #require(Gzip.compress(content, .kept))
        #expect(packed == Gzip.compress(content, .kept))
        // RFC 1952 §2.3: the two bytes of identification, deflate, no flags, no time.
        #expect(packed.prefix(8) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    }

    private static func inflated(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard unsafe inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { unsafe inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: count + 1)
        var input = bytes
        let isWhole = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                return unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END
            }
        }
        guard isWhole, unsafe stream.avail_in == 0 else { return nil }
        return Array(output.dropLast(Int(unsafe stream.avail_out)))
    }
}

@Suite("Reading gzip") struct GunzipTests {
    private func read(_ bytes: [UInt8], pieces size: Int) -> (plain: [UInt8], isComplete: Bool)? {
        guard let stream = GunzipStream() else { return nil }
        var plain: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let part = stream.add(Array(rest.prefix(size))) else { return nil }
            plain += part
            rest = rest.dropFirst(size)
        }
        return (plain, stream.isComplete)
    }

    @Test(arguments: [1, 7, 1_000, 1 << 20]) func `gives back what was compressed, in pieces of any size`(_ size: Int)
        throws
    {
        let text = (0..<40_000).flatMap { Array("line \($0 % 97)\n".utf8) }
        let packed = try #require(Gzip.compress(text, .once))
        let both = try #require(read(packed + packed, pieces: size))
        #expect(both.plain == text + text && both.isComplete)
        let one = try #require(read(packed, pieces: size))
        #expect(one.plain == text && one.isComplete)
    }

    @Test func `zeroes that unpack to far more than there is room for at once come whole`() throws {
        let zeroes = [UInt8](repeating: 0, count: 3_000_000)
        let packed = try #require(Gzip.compress(zeroes, .kept))
        #expect(packed.count < 10_000)
        #expect(try #require(read(packed, pieces: packed.count)).plain == zeroes)
    }

    @Test func `what is cut off is not complete, and what is no gzip is refused`() throws {
        let packed = try #require(Gzip.compress(Array("hello".utf8), .once))
        #expect(read(Array(packed.dropLast()), pieces: 5)?.isComplete == false)
        #expect(read(Array("no gzip at all".utf8), pieces: 5) == nil)
        var wrong = packed
        wrong[wrong.count - 6] ^= 1
        #expect(read(wrong, pieces: 100) == nil)
    }
}
