internal import Domain
internal import HTTP

/// A browser or program in plain words, from what it says of itself; a help for recognising it, and no proof.
struct Device: Sendable {
    private let browser: String?
    private let system: String?
    /// The first word of what is no browser, such as `curl/8.5.0`.
    private let program: String?

    /// The first that fits: browsers name those that they want to be taken for after themselves.
    init(userAgent: String) {
        func first(of marks: [(mark: String, name: String)]) -> String? {
            marks.first { userAgent.utf8.holds($0.mark.utf8) }?.name
        }
        guard userAgent.utf8.starts(with: "Mozilla/".utf8) else {
            (browser, system) = (nil, nil)
            let word = userAgent.unicodeScalars.prefix { !$0.properties.isWhitespace }.prefix(40)
            program = word.isEmpty ? nil : String(String.UnicodeScalarView(word))
            return
        }
        browser = first(of: Self.browsers)
        system = first(of: Self.systems)
        program = nil
    }

    func words(in language: Language) -> String {
        if let browser, let system { return Phrase.browserOnSystem.words(in: language, browser, system) }
        if let name = browser ?? system { return name }
        return program.map { Phrase.program.words(in: language, $0) } ?? Phrase.unknownDevice.words(in: language)
    }

    private static let browsers = [
        ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("YaBrowser/", "Yandex"), ("Vivaldi/", "Vivaldi"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"), ("HeadlessChrome/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]
    private static let systems = [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
        ("Mac OS X", "Mac"), ("Macintosh", "Mac"), ("Linux", "Linux"), ("FreeBSD", "FreeBSD"), ("OpenBSD", "OpenBSD"),
    ]
}
