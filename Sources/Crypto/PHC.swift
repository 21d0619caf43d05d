/// A stored Argon2id hash taken apart (the PHC string format), before a single block of memory is filled for it.
struct PHC {
    let parameters: Argon2Parameters

    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$hash` and nothing else: numbers without leading zeros, base64
    /// without padding, a salt of 8 to 48 bytes, a hash of 16 to 64.
    init(_ text: String) throws(PasswordHashRefusal) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 256 else { throw .malformed }
        let fields = bytes.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0].isEmpty, fields[1].elementsEqual("argon2id".utf8),
            fields[2].elementsEqual("v=19".utf8),
            let salt = Self.decodedCount(fields[4]), (8...48).contains(salt),
            let hash = Self.decodedCount(fields[5]), (16...64).contains(hash)
        else { throw .malformed }
        let costs = fields[3].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard costs.count == 3, let memory = Self.number(costs[0], "m"), let passes = Self.number(costs[1], "t"),
            let lanes = Self.number(costs[2], "p")
        else { throw .malformed }
        parameters = Argon2Parameters(memoryKiB: memory, passes: passes, lanes: lanes)
        guard parameters.isBelowCeiling else { throw .tooCostly }
        guard lanes >= 1, passes >= 1, memory >= 8 * lanes else { throw .unsupported }
    }

    /// Standard base64 (RFC 4648 §4) without padding, as PHC strings hold it.
    static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var bits = 0
        var held: UInt32 = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(held >> UInt32(bits) & 0x3F)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(held << UInt32(6 - bits) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// `m=19456` for the name `m`. Ten digits at most, so that nothing overflows.
    private static func number(_ field: ArraySlice<UInt8>, _ name: StaticString) -> Int? {
        let digits = field.dropFirst(2)
        guard field.starts(with: "\(name)=".utf8), (1...10).contains(digits.count),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        var value = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 48)
        }
        return value
    }

    /// How many bytes the base64 stands for; `nil` when it is not base64.
    private static func decodedCount(_ field: ArraySlice<UInt8>) -> Int? {
        let isBase64 = field.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "+"), UInt8(ascii: "/"): true
            default: false
            }
        }
        return isBase64 && field.count % 4 != 1 ? field.count * 3 / 4 : nil
    }
}
