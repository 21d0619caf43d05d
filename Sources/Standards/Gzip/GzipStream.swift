internal import CZlib

/// Compresses piece by piece into the gzip format (RFC 1952), for what is too long to be held at once.
///
/// Owns zlib's state.
@safe public final class GzipStream {
    private var stream = unsafe z_stream()
    private var room = [UInt8](repeating: 0, count: 65_536)

    /// `level` is zlib's: 1 is quick, 9 is small. `nil` when there is no memory for it.
    public init?(level: Int32) {
        guard unsafe zlib_begin_gzip(&stream, level) == Z_OK else { return nil }
    }

    deinit { _ = unsafe deflateEnd(&stream) }

    /// What can be written out after these bytes; with `isLast` the stream ends, and nothing may follow.
    ///
    /// `nil` only when the stream has ended already.
    public func add(_ bytes: [UInt8], isLast: Bool) -> [UInt8]? {
        var output: [UInt8] = []
        var input = bytes
        let isWhole = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = uInt(clamping: input.count)
            while true {
                let outcome = step(isLast: isLast, into: &output)
                if outcome == Z_STREAM_END { return true }
                // Nothing left to do is said as "buffer error".
                guard outcome == Z_OK || outcome == Z_BUF_ERROR else { return false }
                if unsafe stream.avail_out > 0, unsafe stream.avail_in == 0 { return !isLast }
            }
        }
        unsafe stream.next_in = nil
        return isWhole ? output : nil
    }

    private func step(isLast: Bool, into output: inout [UInt8]) -> Int32 {
        let outcome = unsafe room.withUnsafeMutableBufferPointer { room in
            unsafe stream.next_out = room.baseAddress
            unsafe stream.avail_out = uInt(clamping: room.count)
            return unsafe deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
        }
        unsafe output.append(contentsOf: room[..<(room.count - Int(stream.avail_out))])
        return outcome
    }
}
