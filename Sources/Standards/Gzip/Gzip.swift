internal import CZlib

/// The content coding `gzip` (RFC 1952, RFC 9110 §8.4.1.3).
public enum Gzip {
    /// How hard to try: a document that is kept is worth more work than an answer that is sent once.
    public enum Effort: Int32, Sendable {
        case once = 6
        case kept = 9
    }

    /// One gzip member without name and time, so that the same bytes always give the same bytes.
    ///
    /// `nil` where the library has no memory for it; the caller then sends the bytes as they are.
    public static func compress(_ bytes: [UInt8], _ effort: Effort) -> [UInt8]? {
        guard let length = UInt32(exactly: bytes.count) else { return nil }
        var stream = unsafe z_stream()
        guard unsafe zlib_begin_gzip(&stream, effort.rawValue) == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        // The bound is for the zlib format; gzip's frame is twelve bytes larger.
        let bound = Int(unsafe deflateBound(&stream, uLong(length))) + 12
        guard let room = UInt32(exactly: bound) else { return nil }
        var isWhole = false
        let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            unsafe bytes.withUnsafeBufferPointer { input in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = length
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = room
                isWhole = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = bound - Int(unsafe stream.avail_out)
            }
        }
        return isWhole ? output : nil
    }
}
