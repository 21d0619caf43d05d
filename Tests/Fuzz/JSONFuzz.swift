// libFuzzer target for the JSON reader and writer. They import nothing, so they are compiled together with this file:
//
//     swiftc -O -sanitize=fuzzer,address -parse-as-library Sources/Standards/JSON/*.swift Tests/Fuzz/JSONFuzz.swift \
//         -o .build/json-fuzz && .build/json-fuzz -max_total_time=60 -max_len=4096 .build/json-corpus \
//         Tests/Fuzz/corpus/json
//
// Whatever is read must be written as something that reads back as the same value, and in the same bytes again.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let json = try? JSON.parse(bytes, limits: JSON.Limits(bytes: 1 << 16)) else { return 0 }
    let written = json.bytes
    // Escapes may grow: six bytes for one.
    guard let again = try? JSON.parse(written, limits: JSON.Limits(bytes: 1 << 20)) else {
        fatalError("what was written cannot be read")
    }
    guard again == json, again.bytes == written else { fatalError("what was written reads differently") }
    return 0
}
