import HTTP

/// What a parser made of a connection's bytes, in a form that can be compared.
enum Outcome: Equatable, Sendable {
    /// `METHOD target`, fields as `name: value`, and whether the connection stays.
    case request(String, fields: [String], body: String, keepsAlive: Bool)
    case expectContinue
    case refused(Refusal)
    /// The last of these only: how often it comes depends on the splits.
    case needs(RequestParser.Need)

    init(_ request: Request) {
        self = .request(
            "\(request.method.rawValue) \(request.target) \(request.version.rawValue)",
            fields: request.headers.pairs.map { "\($0.name): \($0.value)" },
            body: String(decoding: request.body, as: UTF8.self), keepsAlive: request.keepsAlive)
    }

    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

/// SplitMix64: the same splits on every run.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

enum ParserRuns {
    static func outcomes(_ pieces: [ArraySlice<UInt8>], limits: ParserLimits) -> [Outcome] {
        var parser = RequestParser(limits: limits)
        var outcomes: [Outcome] = []
        var need = RequestParser.Need.start
        for piece in pieces {
            parser.append(piece)
            steps: while true {
                switch parser.next() {
                case .needMore(let more):
                    need = more
                    break steps
                case .expectContinue: outcomes.append(.expectContinue)
                case .request(let request): outcomes.append(Outcome(request))
                case .refused(let refusal): return outcomes + [.refused(refusal)]
                }
            }
        }
        return outcomes + [.needs(need)]
    }

    /// The one result of all ways to split `bytes`; `nil` when two ways differ.
    static func result(_ bytes: [UInt8], limits: ParserLimits = .standard) -> [Outcome]? {
        let whole = outcomes([bytes[...]], limits: limits)
        var ways = [bytes.indices.map { bytes[$0...$0] }]
        var random = SeededRandom(state: UInt64(bytes.count))
        for _ in 0..<20 {
            var pieces: [ArraySlice<UInt8>] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 0...24, using: &random))
                pieces.append(bytes[start..<end])
                start = end
            }
            ways.append(pieces)
        }
        return ways.allSatisfy { outcomes($0, limits: limits) == whole } ? whole : nil
    }
}
