// libFuzzer target for the readers of tables from outside. They import nothing, so they are compiled together with this
// file; see Scripts/fuzz.
//
// The first byte says how the rest is cut in two. Whatever is read must be the same as when it is read whole.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTables(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let text = bytes[1...]
    let cut = text.startIndex + Int(first) % (text.count + 1)
    for read in [csv, dump, lines] where read([text]) != read([text[..<cut], text[cut...]]) {
        fatalError("cut in two, it reads differently")
    }
    return 0
}

private func csv(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var reader = CSVReader(longest: 256, mostFields: 8)
    var read: [String] = []
    func take(_ record: CSVReader.Record) { read.append("\(record.line) \(record.fields)") }
    do {
        for piece in pieces { try reader.read(piece, take) }
        try reader.finish(take)
    } catch { read.append("\(error)") }
    return read
}

private func dump(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var reader = PostgresDump(table: "a.b", longestRow: 256)
    var read: [String] = []
    func take(_ row: PostgresDump.Row?, _ line: Int) {
        read.append("\(line) \(row.map { "\($0.columns) \($0.values)" } ?? "too long")")
    }
    do {
        for piece in pieces { try reader.read(piece, take) }
        try reader.finish(take)
    } catch { read.append("\(error)") }
    return read
}

private func lines(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var reader = LineReader(longest: 16)
    var read: [String] = []
    func take(_ line: ArraySlice<UInt8>?, _ number: Int) { read.append("\(number) \(line.map(Array.init) ?? [0])") }
    for piece in pieces { reader.read(piece, take) }
    reader.finish(take)
    return read
}
