internal import HTTP

/// What the `Authorization` field says (RFC 6750 §2.1). Other schemes count as malformed: none is spoken here.
enum BearerToken: Equatable {
    case absent
    case malformed
    /// The bytes as they were sent; they share the head's memory.
    case presented(ArraySlice<UInt8>)

    private static let field: FieldName = "Authorization"
    private static let schemeCount = 6

    /// The scheme's name is compared without case (RFC 9110 §11.1). A field given twice is malformed, because
    /// a proxy could have checked the other one.
    init(_ headers: Headers) {
        let value: ArraySlice<UInt8>
        switch headers.single(Self.field) {
        case .absent:
            self = .absent
            return
        case .repeated:
            self = .malformed
            return
        case .value(let found): value = found
        }
        guard value.count > Self.schemeCount + 1, Self.beginsWithScheme(value) else {
            self = .malformed
            return
        }
        var start = value.startIndex + Self.schemeCount + 1
        while start < value.endIndex, value[start] == UInt8(ascii: " ") { start += 1 }
        self = .presented(value[start...])
    }

    var isPresented: Bool {
        if case .presented = self { true } else { false }
    }

    /// `bearer` in any case, and a space.
    private static func beginsWithScheme(_ value: ArraySlice<UInt8>) -> Bool {
        let start = value.startIndex
        return value[start] | 0x20 == UInt8(ascii: "b") && value[start + 1] | 0x20 == UInt8(ascii: "e")
            && value[start + 2] | 0x20 == UInt8(ascii: "a") && value[start + 3] | 0x20 == UInt8(ascii: "r")
            && value[start + 4] | 0x20 == UInt8(ascii: "e") && value[start + 5] | 0x20 == UInt8(ascii: "r")
            && value[start + 6] == UInt8(ascii: " ")
    }
}
