internal import Glibc
internal import Standards

/// One published vector: a name, what goes in, and what must come out. The files lie in `Tests/Vectors`.
public struct Vector: Sendable, CustomStringConvertible {
    public let name: String
    let input: JSON
    let expect: JSON

    public var description: String { name }

    /// All vectors of one file. A file that cannot be read fails the test that asks for it.
    public static func all(_ file: String) -> [Vector] {
        let path = "\(#filePath)".split(separator: "/").dropLast(2).joined(separator: "/")
        guard let json = try? JSON.parse(bytes(ofFile: "/\(path)/Vectors/\(file).json")),
            let vectors = json["vectors"]?.array, !vectors.isEmpty
        else { preconditionFailure("no vectors in \(file).json") }
        return vectors.map {
            Vector(name: $0["name"]?.string ?? "", input: $0["input"] ?? nil, expect: $0["expect"] ?? nil)
        }
    }

    public func text(_ name: String) -> String { input[name]?.string ?? missing(name) }
    public func integer(_ name: String) -> Int { input[name]?.integer.flatMap { Int(exactly: $0) } ?? missing(name) }
    public func bytes(_ name: String) -> [UInt8] { hexadecimal(text(name)) ?? missing(name) }

    /// `nil` where the vector expects nothing of that name.
    public func expected(_ name: String) -> String? { expect[name]?.string }
    public func expectedBytes(_ name: String) -> [UInt8]? { expected(name).flatMap(hexadecimal) }

    private func missing<Value>(_ field: String) -> Value { preconditionFailure("\(name): no \(field)") }

    private static func bytes(ofFile path: String) -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { return [] }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}

/// Bytes from hexadecimal text in either case; `nil` for anything else.
public func hexadecimal(_ text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { byte -> UInt8? in
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
    guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Lower-case hexadecimal, for comparing with published texts.
public func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
