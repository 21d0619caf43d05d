internal import Domain

enum ServiceKeyText {
    static let allowed = "32 to 256 printable ASCII characters without spaces"

    /// What the field of a header can hold; shorter ones can be guessed.
    static func check(_ text: String) -> Secret?? {
        let isWritable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isWritable && (32...256).contains(text.utf8.count) ? .some(Secret(utf8: text)) : nil
    }

    static func time(_ text: String) -> Timestamp?? { Timestamp(dayOrTime: text).map { .some($0) } }
}

extension Config {
    /// What belongs to the key means nothing without it, and a typing error in its name must not go unseen.
    var serviceKeyProblems: [Invalid.Problem] {
        guard origins["ALDRAVA_SERVICE_KEY"] == nil else { return [] }
        return Self.settings.map(\.name).filter { $0.hasPrefix("ALDRAVA_SERVICE_KEY_") && origins[$0] != nil }.map {
            Invalid.Problem($0, "is set, and ALDRAVA_SERVICE_KEY is not", allowed: "both, or neither")
        }
    }
}
