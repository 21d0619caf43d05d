// libFuzzer target for the reader of stored password hashes. It imports nothing, so it is compiled together with this
// file; Scripts/fuzz names the sources.
//
// Whatever is read must be written as something that reads back in the same words, and its format must have a dummy.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStoredHash(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    guard let hash = try? HashText(text) else { return 0 }
    let canonical = hash.canonical
    guard let again = try? HashText(canonical) else { fatalError("what was written cannot be read: \(canonical)") }
    guard again.canonical == canonical, again.format == hash.format else {
        fatalError("what was written reads differently: \(canonical)")
    }
    guard HashText(filling: hash.format)?.format == hash.format else { fatalError("no dummy of \(hash.format)") }
    return 0
}
