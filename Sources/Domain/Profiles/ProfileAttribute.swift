/// One thing that a realm wants to know of its people: a row of the realm's profile schema.
public struct ProfileAttribute: Hashable, Sendable {
    /// As in ``isValidName(_:)``; it never changes.
    public let name: String
    public let type: AttributeType
    public let requirement: AttributeRequirement
    /// Whether no two people of the realm may have the same value.
    public let isUnique: Bool
    /// Another attribute that counts to the value where it has to be unique: an OAB number is, within its state.
    public let uniqueWith: String?
    /// Whether no log, event, metric or error may show it whole.
    public let isMasked: Bool
    public let readers: Set<ProfileParty>
    public let writers: Set<ProfileParty>

    public init(
        name: String, type: AttributeType, requirement: AttributeRequirement = .never, isUnique: Bool = false,
        uniqueWith: String? = nil, isMasked: Bool = false, readers: Set<ProfileParty> = [.owner, .admin],
        writers: Set<ProfileParty> = [.admin]
    ) {
        self.name = name
        self.type = type
        self.requirement = requirement
        self.isUnique = isUnique
        self.uniqueWith = uniqueWith
        self.isMasked = isMasked
        self.readers = readers
        self.writers = writers
    }

    /// 1 to 32 of `a-z 0-9 _`, beginning with a letter.
    public static func isValidName(_ text: String) -> Bool {
        guard (1...32).contains(text.utf8.count), let first = text.utf8.first, (97...122).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }
}

/// Whom a rule about reading or writing attributes speaks of; the raw values are public contract.
public enum ProfileParty: String, CaseIterable, Hashable, Sendable {
    /// The person whose profile it is.
    case owner
    case admin
    /// A program, or a person, that holds the permission to read or write profiles.
    case application
}

/// When an attribute must be there; the raw values are public contract.
public enum AttributeRequirement: String, CaseIterable, Hashable, Sendable {
    case never
    /// Whoever makes an account for himself has to give it.
    case signUp = "sign_up"
    /// Also whoever makes one for somebody else; and it cannot be removed.
    case always
}

/// What an attribute's values are.
public enum AttributeType: Hashable, Sendable {
    /// How many characters (code points, composed).
    case text(ClosedRange<Int>)
    case email
    /// E.164; numbers without a country are that country's, and refused where there is none.
    case phone(PhoneCountry?)
    /// A calendar date without a time (ISO 8601-1 §5.2.2).
    case date
    case choice([String])
    case integer(ClosedRange<Int64>)
    case boolean
    /// Brazil's number of a natural person.
    case cpf
    /// A lawyer's number with the state of the bar that gave it: `SP 123456`.
    case oab
    /// The number alone.
    case oabNumber
    /// A federative unit of Brazil.
    case uf
    /// What the account says anyway, shown under another name. It is never written here.
    case account(AccountValue)

    /// The raw values are public contract.
    public enum AccountValue: String, CaseIterable, Hashable, Sendable {
        case number = "account_number"
        case username = "account_username"
        case email = "account_email"
        case isActive = "account_active"
    }

    public static let integers = -9_007_199_254_740_991...Int64(9_007_199_254_740_991)
    public static let textLengths = 1...255

    /// Public contract.
    public var word: String {
        switch self {
        case .text: "text"
        case .email: "email"
        case .phone: "phone"
        case .date: "date"
        case .choice: "enum"
        case .integer: "integer"
        case .boolean: "boolean"
        case .cpf: "cpf"
        case .oab: "oab"
        case .oabNumber: "oab_number"
        case .uf: "uf"
        case .account(let value): value.rawValue
        }
    }

    public static let words =
        ["text", "email", "phone", "date", "enum", "integer", "boolean", "cpf", "oab", "oab_number", "uf"]
        + AccountValue.allCases.map(\.rawValue)

    public var isOfAccount: Bool { if case .account = self { true } else { false } }
}

/// What somebody's attribute says, in its canonical form: what is stored and compared.
public enum AttributeValue: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    case flag(Bool)

    /// Byte by byte; to `==` two texts are equal that look alike.
    public func isSame(as other: AttributeValue) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.integer(let left), .integer(let right)): left == right
        case (.flag(let left), .flag(let right)): left == right
        case (.text, _), (.integer, _), (.flag, _): false
        }
    }
}

/// Somebody's attributes by name.
public typealias ProfileValues = [String: AttributeValue]
