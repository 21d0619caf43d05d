public import Domain
public import Standards

/// An event as an application writes it, before it was judged.
public struct ApplicationEvent: Sendable {
    /// The application's own name for it: written a second time, it is the same event.
    public let id: String?
    /// What was done, without the application's prefix.
    public let verb: String
    public let kind: Kind
    public let status: Bool
    public let consequences: Event.Consequences
    /// Details that are about nobody, an object.
    public let details: JSON?
    public let document: Document?
    /// The person it is about, a user of the realm.
    public let subject: ID<User>?
    /// What is known about that person only, an object; sealed under the person's key.
    public let personal: JSON?

    public enum Kind: String, CaseIterable, Sendable {
        case event
        case document
    }

    /// A document that belongs to the event: what it is and where it is, never its contents.
    public struct Document: Hashable, Sendable {
        public let title: String
        /// 64 hexadecimal digits.
        public let sha256: String
        public let mediaType: String
        /// Bytes.
        public let size: Int64
        public let uri: String?

        public init(title: String, sha256: String, mediaType: String, size: Int64, uri: String?) {
            self.title = title
            self.sha256 = sha256
            self.mediaType = mediaType
            self.size = size
            self.uri = uri
        }
    }

    /// What follows where the application says nothing.
    public static let nothingFollows = "none"

    public init(
        id: String?, verb: String, kind: Kind, status: Bool, consequences: Event.Consequences, details: JSON?,
        document: Document?, subject: ID<User>?, personal: JSON?
    ) {
        self.id = id
        self.verb = verb
        self.kind = kind
        self.status = status
        self.consequences = consequences
        self.details = details
        self.document = document
        self.subject = subject
        self.personal = personal
    }
}

extension ApplicationEvent {
    static let longestDetails = 8_192
    static let longestPersonal = 2_048
    static let deepest = 8
    static let mostMembers = 256

    /// Everything about it that can be told without the database. `place` is the event's in the batch.
    func problems(at place: Int) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        func check(_ isGood: Bool, _ field: String, _ code: String, _ message: String) {
            if !isGood {
                problems.append(FieldProblem(field: "events[\(place)].\(field)", code: code, message: message))
            }
        }
        let word = "must begin with a letter and have letters, digits, '.', '_', '-' and ':' only, 64 at most"
        check(
            Self.isVerb(verb), "did", "malformed",
            "must begin with a small letter and have small letters, digits, '.', '_' and '-' only, 64 at most")
        check(Self.isWord(consequences.ifOK), "if_ok", "malformed", word)
        check(Self.isWord(consequences.ifDoubt), "if_doubt", "malformed", word)
        check(Self.isWord(consequences.ifNot), "if_not", "malformed", word)
        if let id {
            check(
                Self.isID(id), "id", "malformed", "must have letters, digits, '.', '_', '-' and ':' only, 64 at most")
        }
        if let details { problems += Self.problems(details, Self.longestDetails, "events[\(place)].this") }
        if let personal {
            check(subject != nil, "personal", "no_subject", "needs a subject")
            problems += Self.problems(personal, Self.longestPersonal, "events[\(place)].personal")
        }
        switch (kind, document) {
        case (.event, nil): break
        case (.document, let document?): problems += document.problems("events[\(place)].document")
        case (.document, nil): check(false, "document", "required", "is required for kind 'document'")
        case (.event, _): check(false, "document", "not_allowed", "belongs to kind 'document'")
        }
        return problems
    }

    private static func problems(_ json: JSON, _ limit: Int, _ field: String) -> [FieldProblem] {
        var members = 0
        guard isShallow(json, deepest, &members) else {
            return [FieldProblem(field: field, code: "too_deep", message: "may be \(deepest) levels deep at most")]
        }
        if members > mostMembers {
            return [FieldProblem(field: field, code: "too_many", message: "may have \(mostMembers) values at most")]
        }
        if json.text.utf8.count > limit {
            return [FieldProblem(field: field, code: "too_long", message: "must have at most \(limit) bytes")]
        }
        return []
    }

    /// Goes no deeper than `levels`; counts members and elements.
    private static func isShallow(_ json: JSON, _ levels: Int, _ count: inout Int) -> Bool {
        switch json {
        case .null, .bool, .integer, .number, .string: return true
        case .array(let elements):
            guard levels > 0 else { return false }
            count += elements.count
            for element in elements where !isShallow(element, levels - 1, &count) { return false }
            return true
        case .object(let members):
            guard levels > 0 else { return false }
            count += members.count
            for member in members where !isShallow(member.value, levels - 1, &count) { return false }
            return true
        }
    }

    private static func isVerb(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isSmall(first) else { return false }
        return text.utf8.allSatisfy { isSmall($0) || isDigit($0) || isPlainMark($0) }
    }

    private static func isWord(_ text: String) -> Bool {
        guard let first = text.utf8.first, isSmall(first | 0x20) else { return false }
        return isID(text)
    }

    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                isSmall($0 | 0x20) && $0 | 0x20 != $0 || isSmall($0) || isDigit($0) || isPlainMark($0)
                    || $0 == UInt8(ascii: ":")
            }
    }

    fileprivate static func isSmall(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    fileprivate static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isPlainMark(_ byte: UInt8) -> Bool { byte == 0x5F || byte == 0x2D || byte == 0x2E }
}

extension ApplicationEvent.Document {
    fileprivate func problems(_ field: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        func check(_ isGood: Bool, _ name: String, _ message: String) {
            if !isGood { problems.append(FieldProblem(field: "\(field).\(name)", code: "malformed", message: message)) }
        }
        check(
            (1...256).contains(title.unicodeScalars.count) && title.unicodeScalars.allSatisfy(Self.isVisible), "title",
            "must be 1 to 256 visible characters")
        check(
            sha256.utf8.count == 64
                && sha256.utf8.allSatisfy { ApplicationEvent.isDigit($0) || (97...102).contains($0) },
            "sha256", "must be 64 hexadecimal digits in small letters")
        let halves = mediaType.split(separator: "/", omittingEmptySubsequences: false)
        check(
            halves.count == 2 && mediaType.utf8.count <= 127 && halves.allSatisfy { Self.isToken($0) }, "media_type",
            "must be a media type such as application/pdf")
        check(size >= 0, "size", "must not be negative")
        if let uri {
            check(Self.isReference(uri), "uri", "must be a URI of scheme https, http or urn, 1024 bytes at most")
        }
        return problems
    }

    /// Neither a control nor a character that changes the direction or the end of a line.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                ApplicationEvent.isSmall($0 | 0x20) || ApplicationEvent.isDigit($0) || "!#$&-^_.+".utf8.contains($0)
            }
    }

    /// A pointer that a page can show as a link: no scheme that runs something.
    private static func isReference(_ text: String) -> Bool {
        guard text.utf8.count <= 1_024, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
        return ["https://", "http://", "urn:"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }
}
