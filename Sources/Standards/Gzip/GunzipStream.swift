internal import CZlib

/// Reads the gzip format (RFC 1952) piece by piece.
///
/// Owns zlib's state.
@safe public final class GunzipStream {
    private var stream = unsafe z_stream()
    private var room = [UInt8](repeating: 0, count: 65_536)
    /// Between two members nothing is missing.
    public private(set) var isComplete = true

    /// `nil` when there is no memory for it.
    public init?() {
        guard unsafe zlib_begin_gunzip(&stream) == Z_OK else { return nil }
    }

    deinit { _ = unsafe inflateEnd(&stream) }

    /// What these bytes hold; `nil` for what is not gzip.
    public func add(_ bytes: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        var input = bytes
        let isGood = unsafe input.withUnsafeMutableBufferPointer { input -> Bool in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = uInt(clamping: input.count)
            while unsafe stream.avail_in > 0 {
                isComplete = false
                let outcome = step(into: &output)
                if outcome == Z_STREAM_END {
                    isComplete = true
                    guard unsafe inflateReset(&stream) == Z_OK else { return false }
                } else if outcome != Z_OK {
                    return false
                }
            }
            // What was read may still be more than the room had place for.
            while !isComplete {
                let before = output.count
                let outcome = step(into: &output)
                if outcome == Z_STREAM_END {
                    isComplete = true
                    return unsafe inflateReset(&stream) == Z_OK
                }
                guard outcome == Z_OK || outcome == Z_BUF_ERROR else { return false }
                if output.count == before { return true }
            }
            return true
        }
        unsafe stream.next_in = nil
        return isGood ? output : nil
    }

    private func step(into output: inout [UInt8]) -> Int32 {
        let outcome = unsafe room.withUnsafeMutableBufferPointer { room in
            unsafe stream.next_out = room.baseAddress
            unsafe stream.avail_out = uInt(clamping: room.count)
            return unsafe inflate(&stream, Z_NO_FLUSH)
        }
        unsafe output.append(contentsOf: room[..<(room.count - Int(stream.avail_out))])
        return outcome
    }
}
