/// Cuts a stream of bytes into lines, which end with a line feed, and with a carriage return before it or without.
public struct LineReader: Sendable {
    /// What one line may have; of a longer one only its number is told.
    let longest: Int
    private var pending: [UInt8] = []
    private var isTooLong = false
    private var number: Int

    /// - Parameter number: of the first line.
    public init(longest: Int = 1 << 20, number: Int = 1) {
        self.longest = longest
        self.number = number
    }

    /// The next line's number.
    public var nextNumber: Int { number }

    /// `nil` for a line that is too long.
    public typealias Take = (_ line: ArraySlice<UInt8>?, _ number: Int) throws -> Void

    public mutating func read(_ chunk: ArraySlice<UInt8>, _ take: Take) rethrows {
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: 0x0A) {
            try finish(line: chunk[start..<end], take)
            start = end + 1
        }
        hold(chunk[start...])
    }

    /// Takes one line off the beginning of `chunk` where it ends within it.
    mutating func readOne(_ chunk: inout ArraySlice<UInt8>, _ take: Take) rethrows {
        guard let end = chunk.firstIndex(of: 0x0A) else {
            hold(chunk)
            chunk = chunk[chunk.endIndex...]
            return
        }
        let line = chunk[..<end]
        chunk = chunk[(end + 1)...]
        try finish(line: line, take)
    }

    /// The last line may have no end.
    public mutating func finish(_ take: Take) rethrows {
        guard !pending.isEmpty || isTooLong else { return }
        try finish(line: [], take)
    }

    private mutating func hold(_ rest: ArraySlice<UInt8>) {
        guard !isTooLong, pending.count + rest.count <= longest else {
            isTooLong = isTooLong || !rest.isEmpty
            if isTooLong { pending = [] }
            return
        }
        pending += rest
    }

    private mutating func finish(line: ArraySlice<UInt8>, _ take: Take) rethrows {
        let held = pending
        let wasTooLong = isTooLong || held.count + line.count > longest
        let number = number
        pending.removeAll(keepingCapacity: true)
        isTooLong = false
        self.number += 1
        if wasTooLong { return try take(nil, number) }
        var whole = held.isEmpty ? line : (held + line)[...]
        if whole.last == 0x0D { whole.removeLast() }
        try take(whole, number)
    }
}
