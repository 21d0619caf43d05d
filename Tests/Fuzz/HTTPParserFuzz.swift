// A libFuzzer target for the request parser. Build and run from the root of the repository:
//
//   swiftc -O -sanitize=fuzzer,address -parse-as-library -swift-version 6 \
//       Sources/HTTP/*.swift Tests/Fuzz/HTTPParserFuzz.swift -o .build/http-parser-fuzz
//   mkdir -p .build/fuzz-corpus
//   SWIFT_BACKTRACE=enable=no .build/http-parser-fuzz -max_total_time=60 -max_len=4096 \
//       .build/fuzz-corpus Tests/Fuzz/corpus/http
//
// Swift's own backtracer must stay off: under AddressSanitizer it hangs instead of reporting the crash.
// A crash writes its input to a file; add that file to Tests/Fuzz/corpus/http with the fix. The command needs no
// package, because HTTP imports nothing.
//
// What must hold for every input: nothing traps; the steps do not depend on how the bytes were split; a request
// that was accepted can be written out in its plainest form, is accepted again, and means the same.

/// The first byte of the input chooses limits and splits, the rest is what a connection carries.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe [UInt8](UnsafeBufferPointer(start: data, count: count))
    guard let seed = input.first else { return 0 }
    let bytes = input.dropFirst()
    // Small limits, so that short inputs reach them; and larger ones for longer conversations.
    let limits =
        seed & 1 == 0
        ? ParserLimits(requestLine: 24, headerBytes: 48, headerCount: 3, bodyBytes: 16)
        : ParserLimits(requestLine: 256, headerBytes: 512, headerCount: 8, bodyBytes: 256)
    let whole = FuzzRun([bytes], limits)
    guard FuzzRun(bytes.indices.map { bytes[$0...$0] }, limits).trace == whole.trace else {
        fatalError("byte by byte gives another result")
    }
    guard FuzzRun(split(bytes, seed), limits).trace == whole.trace else {
        fatalError("a split gives another result")
    }
    for request in whole.requests { checkAgain(request) }
    return 0
}

func split(_ bytes: ArraySlice<UInt8>, _ seed: UInt8) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var state = UInt32(seed) | 1
    var rest = bytes
    while !rest.isEmpty {
        state = state &* 1_664_525 &+ 1_013_904_223
        let piece = rest.prefix(Int(state >> 24) % 32)
        pieces.append(piece)
        rest = rest.dropFirst(piece.count)
    }
    return pieces
}

/// Everything that a server could see of one connection.
struct FuzzRun {
    var trace: [String] = []
    var requests: [Request] = []

    init(_ pieces: [ArraySlice<UInt8>], _ limits: ParserLimits) {
        var parser = RequestParser(limits: limits)
        var last = "start"
        for piece in pieces {
            parser.append(piece)
            steps: while true {
                switch parser.next() {
                case .needMore(let need):
                    last = "\(need)"
                    break steps
                case .expectContinue: trace.append("continue")
                case .request(let request):
                    trace.append(describe(request))
                    requests.append(request)
                case .refused(let refusal):
                    trace.append(refusal.rawValue)
                    return
                }
            }
        }
        trace.append(last)
    }
}

func describe(_ request: Request) -> String {
    let fields = request.headers.pairs.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
    let query = request.query.map { "\($0.pairs)" } ?? "malformed"
    return "\(request.method) \(request.target) \(request.version) \(request.keepsAlive)\n\(fields)\n\(request.body)\n"
        + "\(request.path) \(request.pathSegments ?? ["none"]) \(query)"
}

/// Writes the request with its body by length, and parses that.
func checkAgain(_ request: Request) {
    var headers = request.headers
    headers.remove("Transfer-Encoding")
    headers.remove("Content-Length")
    headers.remove("Expect")
    if !request.body.isEmpty { headers.add("Content-Length", String(request.body.count)) }
    var bytes = Array("\(request.method.rawValue) \(request.target) \(request.version.rawValue)\r\n".utf8)
    for field in headers.fields {
        bytes += headers.bytes[field.name]
        bytes += [0x3A, 0x20]
        bytes += headers.bytes[field.value]
        bytes += [0x0D, 0x0A]
    }
    bytes += [0x0D, 0x0A]
    bytes += request.body
    let again = FuzzRun([bytes[...]], .standard)
    guard again.requests.count == 1, again.trace.last == "start" else { fatalError("not accepted again") }
    let second = again.requests[0]
    guard second.method == request.method, second.target == request.target, second.body == request.body,
        second.keepsAlive == request.keepsAlive, second.host == request.host, second.path == request.path,
        second.headers.count == headers.count
    else { fatalError("means something else") }
}
