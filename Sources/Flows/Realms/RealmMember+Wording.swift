internal import Domain
internal import Standards

extension RealmMember {
    func line(
        _ json: JSON, _ longest: Int, _ path: String, _ problems: inout [FieldProblem]
    ) -> JSON? {
        guard let text = json.string else { return problems.reject(path, "wrong_type", "must be a text") }
        guard !text.isEmpty else { return problems.reject(path, "too_short", "must not be empty") }
        guard text.unicodeScalars.count <= longest else {
            return problems.reject(path, "too_long", "must have at most \(longest) characters")
        }
        guard MailText.isLine(text) else {
            return problems.reject(path, "forbidden_character", "must be one line, without control characters")
        }
        return json
    }

    /// Canonical in the order of the languages.
    func wording(
        _ json: JSON, _ longest: Int, _ path: String, _ problems: inout [FieldProblem]
    ) -> JSON? {
        let read = { (json: JSON, path: String, problems: inout [FieldProblem]) in
            self.template(json, longest, path, &problems)
        }
        return byLanguage(json, path, &problems, read)
    }

    /// Canonical in the order of the letters, the languages, and subject before intro.
    func letters(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> JSON? {
        guard let members = json.members else {
            return problems.reject(path, "wrong_type", "must be an object with letters' names")
        }
        let before = problems.count
        problems.addUnknown(members, known: Letter.Name.allCases.map(\.rawValue), at: path, of: "the letters")
        var found: [JSON.Member] = []
        for name in Letter.Name.allCases {
            guard let given = json[name.rawValue] else { continue }
            let place = "\(path).\(name.rawValue)"
            if let value = byLanguage(given, place, &problems, letterText) {
                found.append(JSON.Member(name.rawValue, value))
            }
        }
        guard problems.count == before else { return nil }
        return .object(found)
    }

    private func byLanguage(
        _ json: JSON, _ path: String, _ problems: inout [FieldProblem],
        _ read: (JSON, String, inout [FieldProblem]) -> JSON?
    ) -> JSON? {
        guard let members = json.members else {
            return problems.reject(path, "wrong_type", "must be an object with languages")
        }
        let before = problems.count
        problems.addUnknown(members, known: Language.allCases.map(\.rawValue), at: path, of: "the languages")
        var found: [JSON.Member] = []
        for language in Language.allCases {
            guard let given = json[language.rawValue] else { continue }
            if let value = read(given, "\(path).\(language.rawValue)", &problems) {
                found.append(JSON.Member(language.rawValue, value))
            }
        }
        guard problems.count == before else { return nil }
        return .object(found)
    }

    private func letterText(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> JSON? {
        guard let members = json.members else {
            return problems.reject(path, "wrong_type", "must be an object with subject, intro or both")
        }
        let before = problems.count
        problems.addUnknown(members, known: ["subject", "intro"], at: path, of: "a letter's words")
        var found: [JSON.Member] = []
        for (name, longest) in [("subject", 120), ("intro", 1_000)] {
            guard let given = json[name] else { continue }
            if let value = template(given, longest, "\(path).\(name)", &problems) {
                found.append(JSON.Member(name, value))
            }
        }
        guard problems.count == before else { return nil }
        return .object(found)
    }

    /// A line whose braces hold placeholders only.
    private func template(
        _ json: JSON, _ longest: Int, _ path: String, _ problems: inout [FieldProblem]
    ) -> JSON? {
        guard line(json, longest, path, &problems) != nil, let text = json.string else { return nil }
        guard MailPlaceholder.unknown(in: text).isEmpty else {
            let known = MailPlaceholder.allCases.map(\.text).joined(separator: " and ")
            return problems.reject(path, "unknown_placeholder", "may have \(known) between braces, and nothing else")
        }
        return json
    }
}

extension JSON {
    /// Texts by language, as a realm's rules hold them.
    static func wording(_ texts: [Language: String]) -> JSON? {
        guard !texts.isEmpty else { return nil }
        return .object(
            Language.allCases.compactMap { language in
                texts[language].map { Member(language.rawValue, .string($0)) }
            })
    }

    var wording: [Language: String] {
        var texts: [Language: String] = [:]
        for language in Language.allCases { texts[language] = self[language.rawValue]?.string }
        return texts
    }

    static func letters(_ letters: [Letter.Name: [Language: LetterText]]) -> JSON? {
        guard !letters.isEmpty else { return nil }
        return .object(
            Letter.Name.allCases.compactMap { name -> Member? in
                guard let texts = letters[name] else { return nil }
                let languages = Language.allCases.compactMap { language -> Member? in
                    guard let text = texts[language] else { return nil }
                    let words = [("subject", text.subject), ("intro", text.intro)].compactMap { name, words in
                        words.map { Member(name, .string($0)) }
                    }
                    return Member(language.rawValue, .object(words))
                }
                return Member(name.rawValue, .object(languages))
            })
    }

    var letters: [Letter.Name: [Language: LetterText]] {
        var letters: [Letter.Name: [Language: LetterText]] = [:]
        for name in Letter.Name.allCases {
            guard let texts = self[name.rawValue] else { continue }
            for language in Language.allCases {
                guard let words = texts[language.rawValue] else { continue }
                letters[name, default: [:]][language] = LetterText(
                    subject: words["subject"]?.string, intro: words["intro"]?.string)
            }
        }
        return letters
    }
}
