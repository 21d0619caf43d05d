internal import Flows
internal import Standards

/// What the fields of a file are called here.
public struct FieldNames: Sendable {
    private let renamed: [String: String]
    /// Roles that every row gets besides its own.
    let roles: [String]
    /// Whether a table may have columns that mean nothing here.
    let passesUnknownOver: Bool

    /// For columns that are to be passed over.
    private static let nothing = "-"

    /// - Parameter pairs: each `column=field`, or `column=-` to pass the column over.
    /// - Throws: ``StartFault`` for anything else, and for a field that is not known.
    public init(_ pairs: [String], roles: [String] = [], passesUnknownOver: Bool = false) throws {
        var renamed: [String: String] = [:]
        for pair in pairs {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty,
                parts[1] == Self.nothing || ImportField(rawValue: parts[1]) != nil || ImportRow.isAttribute(parts[1])
            else {
                let fields = ImportField.allCases.map(\.rawValue).joined(separator: ", ")
                throw StartFault(
                    code: .usage, description: "--map needs column=field; the fields are: \(fields), or - for none.")
            }
            renamed[parts[0]] = parts[1]
        }
        self.renamed = renamed
        self.roles = roles
        self.passesUnknownOver = passesUnknownOver
    }

    /// `nil` for a column that is passed over.
    func field(for column: String) -> String? {
        guard let name = renamed[column] else { return column }
        return name == Self.nothing ? nil : name
    }

    func applied(to row: ImportRow) -> ImportRow {
        var further: [(name: String, value: JSON)] = []
        if !roles.isEmpty {
            let own = row[ImportField.roles.rawValue]
            let given =
                own?.array?.compactMap(\.string)
                ?? own?.string?.utf8.split { ",; \t\n".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
                ?? []
            let all = given + roles.filter { !given.contains($0) }
            further = [(ImportField.roles.rawValue, .array(all.map { .string($0) }))]
        }
        guard !renamed.isEmpty || !further.isEmpty else { return row }
        let named = row.renamed(field)
        guard !further.isEmpty else { return named }
        return named.renamed({ $0 == ImportField.roles.rawValue ? nil : $0 }, adding: further)
    }
}
