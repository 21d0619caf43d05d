internal import Domain
internal import Standards

/// How attributes stand in a realm's document; what holds anyway is left out of the canonical form.
extension ProfileAttribute {
    static let members = [
        "name", "type", "required", "unique", "unique_with", "masked", "read", "write", "minimum", "maximum",
        "choices", "country",
    ]

    var json: JSON {
        var members = [JSON.Member("name", .string(name)), JSON.Member("type", .string(type.word))]
        if requirement != .never { members.append(JSON.Member("required", .string(requirement.rawValue))) }
        if isUnique { members.append(JSON.Member("unique", true)) }
        uniqueWith.map { members.append(JSON.Member("unique_with", .string($0))) }
        if isMasked { members.append(JSON.Member("masked", true)) }
        members.append(JSON.Member("read", .words(ProfileParty.words(readers))))
        members.append(JSON.Member("write", .words(ProfileParty.words(writers))))
        switch type {
        case .text(let range):
            members += Self.bounds(Int64(range.lowerBound)...Int64(range.upperBound), of: Self.textLengths)
        case .integer(let range): members += Self.bounds(range, of: AttributeType.integers)
        case .choice(let words): members.append(JSON.Member("choices", .words(words)))
        case .phone(let country?): members.append(JSON.Member("country", .string(country.rawValue)))
        case .phone(nil), .email, .date, .boolean, .cpf, .oab, .oabNumber, .uf, .account: break
        }
        return .object(members)
    }

    /// `nil` where something is wrong, all of which is then in `problems`.
    init?(_ json: JSON, at place: String, _ problems: inout [FieldProblem]) {
        let before = problems.count
        guard let members = json.members else {
            problems.add(place, "wrong_type", "must be an object with name and type")
            return nil
        }
        problems.addUnknown(members, known: Self.members, at: place, of: "an attribute")
        let name = json["name"]?.string ?? ""
        if !Self.isValidName(name) {
            problems.add("\(place).name", "invalid_name", "must be 1 to 32 of a-z, 0-9 and _, beginning with a letter")
        }
        let type = Self.type(json, at: place, &problems)
        let requirement = problems.word(json, "required", at: place, AttributeRequirement.self) ?? .never
        let isUnique = problems.flag(json, "unique", at: place)
        let isMasked = problems.flag(json, "masked", at: place)
        let readers = problems.parties(json, "read", at: place) ?? [.owner, .admin]
        let writers = problems.parties(json, "write", at: place) ?? (type?.isOfAccount ?? false ? [] : [.admin])
        let uniqueWith = problems.given(json, "unique_with")?.string
        if problems.given(json, "unique_with") != nil, uniqueWith == nil || !isUnique {
            problems.add("\(place).unique_with", "not_allowed", "must name another attribute where unique is true")
        }
        if let type, type.isOfAccount, isUnique || isMasked || requirement != .never || !writers.isEmpty {
            problems.add(
                place, "not_allowed", "is kept in the account: it cannot be required, unique, masked or written here")
        }
        if let type, type == .boolean, isUnique {
            problems.add("\(place).unique", "not_allowed", "cannot be true for a truth value")
        }
        guard let type, problems.count == before else { return nil }
        self.init(
            name: name, type: type, requirement: requirement, isUnique: isUnique, uniqueWith: uniqueWith,
            isMasked: isMasked, readers: readers, writers: writers)
    }

    private static let textLengths =
        Int64(AttributeType.textLengths.lowerBound)...Int64(AttributeType.textLengths.upperBound)

    private static func bounds(_ range: ClosedRange<Int64>, of whole: ClosedRange<Int64>) -> [JSON.Member] {
        var members: [JSON.Member] = []
        if range.lowerBound != whole.lowerBound { members.append(JSON.Member("minimum", .integer(range.lowerBound))) }
        if range.upperBound != whole.upperBound { members.append(JSON.Member("maximum", .integer(range.upperBound))) }
        return members
    }

    private static func type(_ json: JSON, at place: String, _ problems: inout [FieldProblem]) -> AttributeType? {
        guard let word = json["type"]?.string, AttributeType.words.contains(where: { $0.utf8.elementsEqual(word.utf8) })
        else {
            return problems.reject(
                "\(place).type", "not_one_of", "must be one of: \(AttributeType.words.joined(separator: ", "))")
        }
        var allowed: [String] = []
        let type: AttributeType?
        switch word {
        case "text":
            allowed = ["minimum", "maximum"]
            type = problems.range(json, at: place, within: textLengths).map {
                .text(Int($0.lowerBound)...Int($0.upperBound))
            }
        case "integer":
            allowed = ["minimum", "maximum"]
            type = problems.range(json, at: place, within: AttributeType.integers).map { .integer($0) }
        case "enum":
            allowed = ["choices"]
            type = problems.choices(json, at: place).map { .choice($0) }
        case "phone":
            allowed = ["country"]
            type = .phone(problems.word(json, "country", at: place, PhoneCountry.self))
        case "email": type = .email
        case "date": type = .date
        case "boolean": type = .boolean
        case "cpf": type = .cpf
        case "oab": type = .oab
        case "oab_number": type = .oabNumber
        case "uf": type = .uf
        default: type = AttributeType.AccountValue(rawValue: word).map { .account($0) }
        }
        for name in ["minimum", "maximum", "choices", "country"] where !allowed.contains(name) {
            if problems.given(json, name) != nil {
                problems.add("\(place).\(name)", "not_allowed", "means nothing for an attribute of type \(word)")
            }
        }
        return type
    }
}

extension ProfileParty {
    static func words(_ parties: Set<ProfileParty>) -> [String] {
        allCases.filter(parties.contains).map(\.rawValue)
    }
}

extension JSON {
    static func profileAttributes(_ list: [ProfileAttribute]) -> JSON { .array(list.map(\.json)) }

    var profileAttributes: [ProfileAttribute] {
        var ignored: [FieldProblem] = []
        return (array ?? []).compactMap { ProfileAttribute($0, at: "", &ignored) }
    }
}

extension [FieldProblem] {
    /// A member that is there and says something.
    func given(_ json: JSON, _ name: String) -> JSON? {
        guard let value = json[name], value != .null else { return nil }
        return value
    }

    mutating func flag(_ json: JSON, _ name: String, at place: String) -> Bool {
        guard let value = given(json, name) else { return false }
        if let flag = value.bool { return flag }
        add("\(place).\(name)", "wrong_type", "must be true or false")
        return false
    }

    fileprivate mutating func word<Word: CaseIterable & RawRepresentable>(
        _ json: JSON, _ name: String, at place: String, _: Word.Type
    ) -> Word? where Word.RawValue == String {
        guard let value = given(json, name) else { return nil }
        if let word = value.string.flatMap(Word.init(rawValue:)) { return word }
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return reject("\(place).\(name)", "not_one_of", "must be one of: \(words)")
    }

    fileprivate mutating func parties(_ json: JSON, _ name: String, at place: String) -> Set<ProfileParty>? {
        guard let value = given(json, name) else { return nil }
        let words = ProfileParty.allCases.map(\.rawValue).joined(separator: ", ")
        guard let elements = value.array, elements.count <= ProfileParty.allCases.count else {
            return reject("\(place).\(name)", "wrong_type", "must be a list of: \(words)")
        }
        var parties: Set<ProfileParty> = []
        for element in elements {
            guard let party = element.string.flatMap(ProfileParty.init) else {
                return reject("\(place).\(name)", "not_one_of", "must be a list of: \(words)")
            }
            parties.insert(party)
        }
        return parties
    }

    fileprivate mutating func range(
        _ json: JSON, at place: String, within whole: ClosedRange<Int64>
    ) -> ClosedRange<Int64>? {
        let before = count
        func bound(_ name: String, _ standard: Int64) -> Int64? {
            guard let value = given(json, name) else { return standard }
            guard case .integer(let number) = value, whole.contains(number) else { return nil }
            return number
        }
        let (low, high) = (bound("minimum", whole.lowerBound), bound("maximum", whole.upperBound))
        for (name, value) in [("minimum", low), ("maximum", high)] where value == nil {
            add("\(place).\(name)", "out_of_range", "must be from \(whole.lowerBound) to \(whole.upperBound)")
        }
        if let low, let high, low > high { add("\(place).maximum", "out_of_range", "must not be below minimum") }
        guard let low, let high, count == before else { return nil }
        return low...high
    }

    fileprivate mutating func choices(_ json: JSON, at place: String) -> [String]? {
        let field = "\(place).choices"
        guard let elements = json["choices"]?.array, (1...200).contains(elements.count) else {
            return reject(field, "required", "must be a list of 1 to 200 words")
        }
        var words: [String] = []
        for (index, element) in elements.enumerated() {
            guard let word = element.string, (1...100).contains(word.utf8.count), word.utf8.allSatisfy({ $0 >= 0x20 })
            else { return reject("\(field)[\(index)]", "wrong_type", "must be text of 1 to 100 bytes") }
            if words.contains(where: { $0.utf8.elementsEqual(word.utf8) }) {
                add("\(field)[\(index)]", "repeated", "must be given once")
            }
            words.append(word)
        }
        return words
    }
}
