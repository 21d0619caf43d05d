/// What somebody typed to find a user by, in the form in which names are compared.
public enum SearchText {
    /// Folded as the keys of usernames are; `nil` for what is too long to be part of one.
    public static func key(_ text: String) -> String? {
        guard text.utf8.count <= UnicodeText.longest else { return nil }
        return UnicodeText.compatibilityFolded(text)
    }
}
