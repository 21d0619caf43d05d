public import Domain

/// A realm's rules for what its letters say and how they look.
public struct MailRules: Sendable {
    /// Of letters to people of whom nobody knows what they read.
    public var language = Language.english
    /// What the letters call the realm; `nil` for the host of its canonical URL.
    public var productName: String?
    /// Instead of the greeting, the end and the words of single letters, where they are set; see ``MailPlaceholder``.
    public var greeting: [Language: String] = [:]
    public var signature: [Language: String] = [:]
    /// Where people get help.
    public var supportURL: String?
    var letters: [Letter.Name: [Language: LetterText]] = [:]

    func words(for letter: Letter.Name, in language: Language) -> LetterText? { letters[letter]?[language] }

    public init() {}
}

/// A realm's own words for one letter in one language: plain text, never markup.
struct LetterText: Hashable, Sendable {
    let subject: String?
    let intro: String?
}
