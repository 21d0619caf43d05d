/// A file that the compiler put into the program.
enum Asset {
    static func copy(_ find: (UnsafeMutablePointer<Int>?) -> UnsafePointer<UInt8>?) -> [UInt8] {
        var count = 0
        guard let start = unsafe find(&count) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }
}
