internal import Domain
public import Standards

extension ImportRow {
    /// One object: a line of a file, or what another process wrote as ``json``. `nil` for any other value.
    public init?(_ json: JSON, line: Int) {
        guard let members = json.members else { return nil }
        self.line = line
        fields = members.map { Field(name: $0.name, value: $0.value) }
    }

    public var json: JSON { .object(fields.map { JSON.Member($0.name, $0.value) }) }

    /// The same row with other names for its fields, without those that get none, and with `further` ones.
    public func renamed(_ name: (String) -> String?, adding further: [(name: String, value: JSON)] = []) -> ImportRow {
        var renamed: [Field] = []
        for field in fields {
            guard let name = name(field.name) else { continue }
            renamed.append(Field(name: name, value: field.value))
        }
        for (name, value) in further { renamed.append(Field(name: name, value: value)) }
        return ImportRow(line: line, fields: renamed)
    }

    /// What the row says under a name.
    public subscript(name: String) -> JSON? {
        fields.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// About how many bytes the row has.
    public var size: Int {
        fields.reduce(0) { $0 + $1.name.utf8.count + ($1.value.string?.utf8.count ?? $1.value.text.utf8.count) + 6 }
    }
}
