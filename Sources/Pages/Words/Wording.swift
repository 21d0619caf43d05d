internal import Domain

/// Something that the pages say, in both languages. `{}` stands for what differs, in the same order in both.
protocol Wording: Sendable {
    var both: (english: String, portuguese: String) { get }
}

extension Wording {
    /// Its words, with each `{}` replaced.
    func words(in language: Language, _ arguments: String...) -> String {
        let both = both
        let text: String
        switch language {
        case .english: text = both.english
        case .portuguese: text = both.portuguese
        }
        var words = ""
        var rest = arguments[...]
        var isFirst = true
        // Neither brace stands anywhere else in the table.
        for part in text.split(separator: "{", omittingEmptySubsequences: false) {
            if isFirst {
                words += part
            } else {
                words += rest.popFirst() ?? ""
                words += part.dropFirst()
            }
            isFirst = false
        }
        return words
    }
}
