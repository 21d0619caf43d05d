public import Domain

extension Username {
    public static let longest = 64

    /// Normalises first and judges the result, so that nothing forbidden appears by normalisation later.
    ///
    /// The text is kept in NFC; the key is its `NFKC_Casefold` and must not contain what the text must not: a
    /// full-width `＠` is an `@` in it.
    public static func parse(_ text: String) -> Result<Username, IdentifierProblem> {
        guard text.utf8.count <= UnicodeText.longest else { return .failure(.tooLong) }
        guard let text = UnicodeText.nfc(text), let key = UnicodeText.compatibilityFolded(text) else {
            return .failure(.forbiddenCharacter)
        }
        if let problem = problem(text, longest: longest) ?? problem(key, longest: 4 * longest) {
            return .failure(problem)
        }
        return .success(Username(text: text, key: key))
    }

    private static func problem(_ text: String, longest: Int) -> IdentifierProblem? {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return .empty }
        if scalars.count > longest { return .tooLong }
        if UnicodeText.isSpace(first) || UnicodeText.isSpace(last) { return .outerWhitespace }
        if UnicodeText.isMark(first) || scalars.contains(where: UnicodeText.isInvisible) { return .forbiddenCharacter }
        if scalars.contains("@") { return .containsAt }
        return nil
    }
}
