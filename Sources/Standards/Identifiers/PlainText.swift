/// What people write about themselves in one line: a name, an address, a job.
public enum PlainText {
    /// Composed (NFC); at most `longest` characters, none of them invisible, and no space at either end.
    public static func parse(_ text: String, longest: Int) -> Result<String, IdentifierProblem> {
        guard text.utf8.count <= UnicodeText.longest else { return .failure(.tooLong) }
        guard let text = UnicodeText.nfc(text) else { return .failure(.forbiddenCharacter) }
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else {
            return .failure(.empty)
        }
        if UnicodeText.isSpace(first) || UnicodeText.isSpace(last) { return .failure(.outerWhitespace) }
        if text.unicodeScalars.contains(where: UnicodeText.isInvisible) { return .failure(.forbiddenCharacter) }
        return text.unicodeScalars.count <= longest ? .success(text) : .failure(.tooLong)
    }
}
