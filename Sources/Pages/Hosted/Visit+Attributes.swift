internal import Domain
internal import Flows
internal import HTTP

extension ProfileRules {
    /// What people see or change themselves, in the schema's order, without what the account says anyway.
    var shownToOwner: [ProfileAttribute] {
        attributes.filter {
            !$0.type.isOfAccount && ($0.readers.contains(.owner) || $0.writers.contains(.owner))
        }
    }

    /// What somebody gives to make an account.
    var askedAtSignUp: [ProfileAttribute] {
        attributes.filter { !$0.type.isOfAccount && $0.writers.contains(.owner) && $0.requirement != .never }
    }
}

extension Visit {
    /// An attribute's name, as people read it: the realm's own word for it.
    static func label(_ attribute: ProfileAttribute) -> String {
        var words = attribute.name.split(separator: "_").map { word in
            abbreviations.contains(String(word)) ? word.uppercased() : String(word)
        }
        if let first = words.first { words[0] = first.prefix(1).uppercased() + first.dropFirst() }
        return words.joined(separator: " ")
    }

    private static let abbreviations: Set<String> = ["cpf", "oab", "uf", "rg", "id"]

    /// A value as people read it in this language.
    func shown(_ entry: Profile.Entry) -> String {
        if case .flag(let flag) = entry.value { return words(flag ? ProfilePhrase.yes : .no) }
        return entry.shown
    }

    /// - Parameter value: as it was typed, or else as it is.
    func field(
        for attribute: ProfileAttribute, value: String, problem: String?, marksOptional: Bool = true
    ) -> TextField {
        let isRequired = attribute.requirement == .always || !marksOptional
        let name = Self.label(attribute)
        var field = TextField(
            name: InputName(attribute),
            label: isRequired ? name : ProfilePhrase.optional.words(in: language, name),
            autocomplete: "off", value: value, problem: problem)
        field.isRequired = isRequired
        switch attribute.type {
        case .text(let range): field.longest = range.upperBound
        case .email: (field.kind, field.autocomplete) = ("email", "email")
        case .phone(let country):
            (field.kind, field.autocomplete) = ("tel", "tel")
            field.hint = suchAs(country == nil ? "+55 11 98765-4321" : "(11) 98765-4321")
        case .date: field.kind = "date"
        case .choice(let choices): field.choices = choices.map { ($0, $0) }
        case .integer(let range): field.keys = range.lowerBound < 0 ? nil : "numeric"
        case .boolean: field.choices = [("true", words(ProfilePhrase.yes)), ("false", words(ProfilePhrase.no))]
        case .cpf: (field.keys, field.hint) = ("numeric", suchAs("529.982.247-25"))
        case .oab: field.hint = suchAs("SP 123456")
        case .oabNumber: field.hint = suchAs("123456")
        case .uf: field.choices = OAB.units.map { ($0, $0) }
        case .account: break
        }
        return field
    }

    private func suchAs(_ example: String) -> String { ProfilePhrase.suchAs.words(in: language, example) }

    /// What was typed for an attribute; `nil` where the form had no such field.
    func typed(_ attribute: ProfileAttribute) -> String? { form[InputName(attribute).description] }

    /// A problem of an attribute in words; `nil` for other fields, and for problems that those have as well.
    func words(forAttribute problem: FieldProblem) -> String? {
        let place = "attributes."
        guard problem.field.utf8.starts(with: place.utf8) else { return nil }
        let name = String(decoding: problem.field.utf8.dropFirst(place.utf8.count), as: UTF8.self)
        return Self.attributePhrase(problem.code).map { phrase in
            switch realm.rules.profile.attribute(name)?.type {
            case .text(let range): phrase.words(in: language, String(range.lowerBound))
            case .integer(let range):
                phrase.words(in: language, String(range.lowerBound), String(range.upperBound))
            case .oabNumber where phrase == .invalidOAB: words(.invalidOABNumber)
            default: phrase.words(in: language)
            }
        }
    }

    /// `nil` for problems that other fields have as well; a test walks all codes that there are.
    static func attributePhrase(_ code: String) -> ProfilePhrase? {
        switch code {
        case "wrong_type": .wholeNumber
        case "out_of_range": .outOfRange
        case "too_short": .tooFew
        case "invalid_phone": .invalidPhone
        case "invalid_date": .invalidDate
        case "not_one_of", "invalid_uf": .notOneOf
        case CPF.Problem.form.rawValue: .invalidCPF
        case CPF.Problem.repeated.rawValue: .repeatedCPF
        case CPF.Problem.checkDigits.rawValue: .wrongCPF
        case "invalid_oab": .invalidOAB
        case "taken": .takenValue
        case "above_own_rank": .aboveOwnRank
        case "not_writable", "unknown": .notWritable
        default: nil
        }
    }
}
