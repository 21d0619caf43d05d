// What our parser makes of each message, for `compare.py`; that script builds and starts this.
//
// Standard input: messages, each a 4-byte big-endian length and that many bytes. Standard output: one line of JSON
// per message: the complete requests, and how the input ended (`clean`, `open`, or a refusal). All texts are
// hexadecimal, so that no JSON escape stands between the parsers.
import Glibc

@main struct Driver {
    static func main() {
        while let length = read(4) {
            let count = length.reduce(0) { $0 << 8 | Int($1) }
            guard let bytes = read(count) else { return }
            print(line(bytes))
        }
    }

    static func read(_ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let byte = getchar()
            guard byte >= 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        return bytes
    }

    static func line(_ bytes: [UInt8]) -> String {
        var parser = RequestParser(limits: .standard)
        parser.append(bytes)
        var requests: [String] = []
        var end = "open"
        steps: while true {
            switch parser.next() {
            case .needMore(.start):
                end = "clean"
                break steps
            case .needMore: break steps
            case .expectContinue: continue
            case .refused(let refusal):
                end = refusal.rawValue
                break steps
            case .request(let request):
                let fields = request.headers.fields.map { field in
                    "[\"\(hex(request.headers.bytes[field.name]))\",\"\(hex(request.headers.bytes[field.value]))\"]"
                }
                requests.append(
                    """
                    {"method":"\(hex(Array(request.method.rawValue.utf8)))","target":"\(hex(Array(request.target.utf8)))",\
                    "version":"\(request.version.rawValue)","keep":\(request.keepsAlive),\
                    "fields":[\(fields.joined(separator: ","))],"body":"\(hex(request.body))"}
                    """)
            }
        }
        return "{\"end\":\"\(end)\",\"requests\":[\(requests.joined(separator: ","))]}"
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return bytes.reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}
