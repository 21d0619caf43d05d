internal import Domain

/// What a letter says in one language, without the realm's own words.
struct LetterWords: Sendable {
    let subject: String
    let intro: String
    /// What follows the intro: the ways to go on, and what to do if it was not the reader.
    let parts: [LetterLayout.Part]

    init(_ letter: Letter, in language: Language, product: String) {
        switch language {
        case .english: self.init(english: letter, product: product)
        case .portuguese: self.init(portuguese: letter, product: product)
        }
    }

    init(_ subject: String, _ intro: String, _ parts: [LetterLayout.Part]) {
        self.subject = subject
        self.intro = intro
        self.parts = parts
    }

    static func greeting(_ username: String, in language: Language) -> String {
        switch language {
        case .english: username.isEmpty ? "Hello," : "Hello \(username),"
        case .portuguese: username.isEmpty ? "Olá!" : "Olá, \(username)!"
        }
    }

    static func help(in language: Language) -> String {
        switch language {
        case .english: "Questions? Help is here"
        case .portuguese: "Dúvidas? A ajuda está aqui"
        }
    }

    static func origin(product: String, issuer: String, in language: Language) -> String {
        switch language {
        case .english:
            "This message was sent by \(product) (\(issuer)). It was written by a program; nobody reads answers to it."
        case .portuguese:
            """
            Esta mensagem foi enviada por \(product) (\(issuer)). Ela foi escrita por um programa; ninguém lê respostas \
            a ela.
            """
        }
    }

    /// A typed code is good for ten minutes at most, however long the link is.
    static let codeLife = Duration.seconds(600)

    /// The link, the code, and how long they are good.
    static func proof(_ proof: Letter.Proof, label: String, in language: Language) -> [LetterLayout.Part] {
        let life = span(proof.life, in: language)
        guard let code = proof.code else {
            let good =
                switch language {
                case .english: "The link is good for \(life)."
                case .portuguese: "O link vale por \(life)."
                }
            return [.link(label: label, url: proof.link), .paragraph(good)]
        }
        let short = span(min(proof.life, codeLife), in: language)
        let (type, good) =
            switch language {
            case .english:
                (
                    "Or type this code where you were asked for it:",
                    "The link is good for \(life) and the code for \(short). Either can be used once."
                )
            case .portuguese:
                (
                    "Ou digite este código onde ele foi pedido:",
                    "O link vale por \(life) e o código por \(short). Cada um só pode ser usado uma vez."
                )
            }
        return [.link(label: label, url: proof.link), .paragraph(type), .code(code), .paragraph(good)]
    }

    /// Minutes, hours or days, whichever is whole.
    static func span(_ time: Duration, in language: Language) -> String {
        let minutes = max(1, time.components.seconds / 60)
        if minutes > 24 * 60, minutes % (24 * 60) == 0 {
            let days = minutes / (24 * 60)
            return language == .english ? "\(days) days" : "\(days) dias"
        }
        if minutes % 60 == 0 {
            let hours = minutes / 60
            switch language {
            case .english: return hours == 1 ? "1 hour" : "\(hours) hours"
            case .portuguese: return hours == 1 ? "1 hora" : "\(hours) horas"
            }
        }
        switch language {
        case .english: return minutes == 1 ? "1 minute" : "\(minutes) minutes"
        case .portuguese: return minutes == 1 ? "1 minuto" : "\(minutes) minutos"
        }
    }

    /// `21 November 2026 at 21:31 (UTC)`.
    static func moment(_ time: Timestamp, in language: Language) -> String {
        let text = Array(time.iso8601.utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let month = max(1, min(12, Int(part(5..<7)) ?? 1)) - 1
        let day = Int(part(8..<10)) ?? 1
        switch language {
        case .english: return "\(day) \(englishMonths[month]) \(part(0..<4)) at \(part(11..<16)) (UTC)"
        case .portuguese: return "\(day) de \(portugueseMonths[month]) de \(part(0..<4)), às \(part(11..<16)) (UTC)"
        }
    }

    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let portugueseMonths = [
        "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
        "novembro", "dezembro",
    ]
}
