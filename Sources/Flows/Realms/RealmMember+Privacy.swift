internal import Domain
internal import HTTP
internal import Standards

extension RealmMember {
    /// The rows about terms, consents and how long anything is kept.
    static let ofPrivacy: [RealmMember] = [
        RealmMember(
            "privacy.terms", .documents,
            "What people agree to: the present version of each document, and which must be agreed to at sign-up.",
            value: { .documents($0.privacy.terms) }, apply: { $1.privacy.terms = $0.documents }),
        RealmMember(
            "privacy.inactive_after_days", .integer(30...36_500),
            "An account in which nobody signed in for so many days ends; never where it is not set.",
            value: { $0.privacy.inactiveAfterDays.map { .integer($0) } },
            apply: { $1.privacy.inactiveAfterDays = $0.integer }),
        RealmMember(
            "privacy.inactivity_warning_days", .integers(1...365),
            "How many days before that end the person is warned by mail; each once.",
            value: { .array($0.privacy.inactivityWarningDays.map { .integer($0) }) },
            apply: { $1.privacy.inactivityWarningDays = ($0.array ?? []).compactMap(\.integer) }),
        RealmMember(
            "privacy.inactive_then", .choice(AfterInactivity.allCases.map(\.rawValue)),
            "What that end is: the account is shut, or the person is erased.",
            value: { .string($0.privacy.inactiveThen.rawValue) },
            apply: {
                $1.privacy.inactiveThen = $0.string.flatMap(AfterInactivity.init) ?? $1.privacy.inactiveThen
            }),
        RealmMember(
            "privacy.backup_retention_days", .integer(0...36_500),
            "How long you keep backups: the report of an erasure says from when on no copy can be read.",
            value: { $0.privacy.backupRetentionDays.map { .integer($0) } },
            apply: { $1.privacy.backupRetentionDays = $0.integer }),
    ]

    func documents(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> JSON? {
        guard let elements = json.array else { return problems.reject(path, "wrong_type", "must be a list") }
        guard elements.count <= Self.longestList else {
            return problems.reject(path, "too_long", "must have at most \(Self.longestList) elements")
        }
        let before = problems.count
        var found: [TermsDocument] = []
        for (index, element) in elements.enumerated() {
            guard let document = Self.document(element, "\(path)[\(index)]", &problems) else { continue }
            if found.contains(where: { $0.name.utf8.elementsEqual(document.name.utf8) }) {
                problems.add("\(path)[\(index)].name", "repeated", "must be given once")
            }
            found.append(document)
        }
        return problems.count == before ? .documents(found) : nil
    }

    private static func document(
        _ json: JSON, _ place: String, _ problems: inout [FieldProblem]
    ) -> TermsDocument? {
        guard let members = json.members else {
            return problems.reject(place, "wrong_type", "must be an object with name and version")
        }
        let before = problems.count
        problems.addUnknown(
            members, known: ["name", "version", "url", "digest", "required"], at: place, of: "a document")
        let name = json["name"]?.string ?? ""
        problems += AccessProblems.name(name, field: "\(place).name")
        let version = json["version"]?.integer ?? 0
        if !TermsDocument.versions.contains(version) {
            let range = TermsDocument.versions
            problems.add(
                "\(place).version", "out_of_range", "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        let url = json["url"].flatMap { given -> String? in
            guard given != .null else { return nil }
            guard let text = given.string, text.utf8.count <= longestAddress,
                let origin = WebHost.origin(ofAddress: text), WebHost.isSafe(origin)
            else {
                return problems.reject(
                    "\(place).url", "invalid_url", "must be an absolute https:// URL, or http:// on a loopback host")
            }
            return text
        }
        let digest = json["digest"].flatMap { given -> String? in
            guard given != .null else { return nil }
            guard let text = given.string, text.utf8.count == 64,
                text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else {
                return problems.reject(
                    "\(place).digest", "invalid_digest", "must be SHA-256 in 64 hexadecimal digits")
            }
            return text
        }
        var isRequired = false
        switch json["required"] {
        case .bool(let value)?: isRequired = value
        case .null?, nil: break
        default: problems.add("\(place).required", "wrong_type", "must be true or false")
        }
        guard problems.count == before else { return nil }
        return TermsDocument(name: name, version: version, url: url, digest: digest, isRequired: isRequired)
    }

    func integers(
        _ json: JSON, in range: ClosedRange<Int64>, _ path: String, _ problems: inout [FieldProblem]
    ) -> JSON? {
        guard let elements = json.array else { return problems.reject(path, "wrong_type", "must be a list") }
        guard elements.count <= Self.longestList else {
            return problems.reject(path, "too_long", "must have at most \(Self.longestList) elements")
        }
        let before = problems.count
        var found: Set<Int64> = []
        for (index, element) in elements.enumerated() {
            guard case .integer(let value) = element, range.contains(value) else {
                problems.add(
                    "\(path)[\(index)]", "out_of_range",
                    "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
                continue
            }
            if !found.insert(value).inserted { problems.add("\(path)[\(index)]", "repeated", "must be given once") }
        }
        guard problems.count == before else { return nil }
        return .array(found.sorted(by: >).map { .integer($0) })
    }
}

extension JSON {
    /// Canonical in the order of their names; what is not there is left out.
    static func documents(_ list: [TermsDocument]) -> JSON {
        .array(list.sorted { $0.name < $1.name }.map(\.json))
    }

    var documents: [TermsDocument] {
        (array ?? []).compactMap { json in
            guard let name = json["name"]?.string, let version = json["version"]?.integer else { return nil }
            return TermsDocument(
                name: name, version: version, url: json["url"]?.string, digest: json["digest"]?.string,
                isRequired: json["required"]?.bool ?? false)
        }
    }
}

extension TermsDocument {
    fileprivate var json: JSON {
        var members = [JSON.Member("name", .string(name)), JSON.Member("version", .integer(version))]
        if let url { members.append(JSON.Member("url", .string(url))) }
        if let digest { members.append(JSON.Member("digest", .string(digest))) }
        if isRequired { members.append(JSON.Member("required", true)) }
        return .object(members)
    }
}
