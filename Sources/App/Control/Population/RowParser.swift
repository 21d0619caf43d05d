internal import Flows
internal import Standards

/// Takes a file's bytes apart into rows, by its format.
struct RowParser {
    private enum Reader {
        case lines(LineReader)
        case table(CSVReader, header: [String?]?)
        case dump(PostgresDump)
    }

    private var reader: Reader
    private let names: FieldNames
    private let isSupabase: Bool

    /// - Parameter start: the first bytes, which tell a dump from a CSV file.
    init(_ format: ImportFormat, _ names: FieldNames, start: [UInt8]) {
        self.names = names
        isSupabase = format == .supabase
        switch format {
        case .jsonl: reader = .lines(LineReader(longest: RowSource.longestRow))
        case .csv: reader = .table(CSVReader(), header: nil)
        case .supabase:
            let head = start.prefix { $0 != 0x0A }
            let isTable =
                head.contains(UInt8(ascii: ","))
                && !["--", "COPY ", "INSERT ", "SET ", "/*", "\\"]
                    .contains { head.starts(with: $0.utf8) }
            reader = isTable ? .table(CSVReader(), header: nil) : .dump(PostgresDump(table: "auth.users"))
        }
    }

    mutating func read(_ chunk: ArraySlice<UInt8>, _ take: (RowSource.Item) throws -> Void) throws {
        let (names, isSupabase) = (names, isSupabase)
        switch reader {
        case .lines(var lines):
            reader = .lines(LineReader())  // so that its buffer is not copied
            defer { reader = .lines(lines) }
            try lines.read(chunk) { line, number in try Self.take(json: line, number, names, take) }
        case .table(var table, var header):
            reader = .lines(LineReader())
            defer { reader = .table(table, header: header) }
            try table.read(chunk) { try Self.take($0, &header, names, isSupabase, take) }
        case .dump(var dump):
            reader = .lines(LineReader())
            defer { reader = .dump(dump) }
            try dump.read(chunk) { row, line in try Self.take(row, line, names, take) }
        }
    }

    mutating func finish(_ take: (RowSource.Item) throws -> Void) throws {
        let (names, isSupabase) = (names, isSupabase)
        switch reader {
        case .lines(var lines): try lines.finish { line, number in try Self.take(json: line, number, names, take) }
        case .table(var table, var header):
            try table.finish { try Self.take($0, &header, names, isSupabase, take) }
            if header == nil { throw StartFault.refused("The file is empty: it has no line with the columns' names.") }
        case .dump(var dump): try dump.finish { row, line in try Self.take(row, line, names, take) }
        }
    }

    private static func take(
        json line: ArraySlice<UInt8>?, _ number: Int, _ names: FieldNames, _ take: (RowSource.Item) throws -> Void
    ) throws {
        guard let line else { return try take(.refused(.tooLong(number))) }
        var bytes = Array(line)
        if number == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        switch Result(catching: { () throws(JSON.Problem) in try JSON.parse(bytes) }) {
        case .success(let json):
            guard let row = ImportRow(json, line: number) else {
                return try take(.refused(.malformed(number, "is not a JSON object")))
            }
            try take(.row(names.applied(to: row)))
        case .failure(let problem): try take(.refused(.malformed(number, "is not JSON: \(problem)")))
        }
    }

    private static func take(
        _ record: CSVReader.Record, _ header: inout [String?]?, _ names: FieldNames, _ isSupabase: Bool,
        _ take: (RowSource.Item) throws -> Void
    ) throws {
        guard let columns = header else {
            header = try Self.header(record, names, isSupabase)
            return
        }
        guard record.fields.count == columns.count else {
            return try take(
                .refused(
                    ImportProblem(
                        line: record.line, field: "", code: "wrong_field_count",
                        message: "has \(record.fields.count) fields, and the first line \(columns.count)")))
        }
        try Self.take(columns, record.fields, record.line, names, isSupabase, take)
    }

    private static func take(
        _ row: PostgresDump.Row?, _ line: Int, _ names: FieldNames, _ take: (RowSource.Item) throws -> Void
    ) throws {
        guard let row else { return try take(.refused(.tooLong(line))) }
        guard row.values.count == row.columns.count else {
            return try take(
                .refused(
                    ImportProblem(
                        line: line, field: "", code: "wrong_field_count",
                        message: "has \(row.values.count) fields, and the table \(row.columns.count)")))
        }
        try Self.take(row.columns.map { names.field(for: $0) }, row.values, line, names, true, take)
    }

    private static func take(
        _ columns: [String?], _ values: [[UInt8]?], _ line: Int, _ names: FieldNames, _ isSupabase: Bool,
        _ take: (RowSource.Item) throws -> Void
    ) throws {
        var texts: [(name: String, value: String)] = []
        texts.reserveCapacity(columns.count)
        var size = 0
        for (column, value) in zip(columns, values) {
            guard let column, let value, !value.isEmpty else { continue }
            guard let text = String(validating: value, as: UTF8.self) else {
                return try take(
                    .refused(ImportProblem(line: line, field: column, code: "malformed_utf8", message: "is not UTF-8")))
            }
            size += value.count
            texts.append((column, text))
        }
        guard size <= RowSource.longestRow else { return try take(.refused(.tooLong(line))) }
        guard isSupabase else {
            return try take(.row(names.applied(to: ImportRow(line: line, texts: texts))))
        }
        switch SupabaseUser.read(texts, line: line) {
        case .row(let row): try take(.row(names.applied(to: row)))
        case let other: try take(other)
        }
    }

    /// The names of the columns; of what stands in the file nothing is repeated, because it may have no such line.
    private static func header(
        _ record: CSVReader.Record, _ names: FieldNames, _ isSupabase: Bool
    ) throws -> [String?] {
        var header: [String?] = []
        for (place, bytes) in record.fields.enumerated() {
            let name = names.field(for: String(decoding: bytes, as: UTF8.self))
            if let name, header.contains(name) {
                throw StartFault.refused("Column \(place + 1) has a name that another one has, too.")
            }
            if let name, !isSupabase, !names.passesUnknownOver, ImportField(rawValue: name) == nil,
                !ImportRow.isAttribute(name)
            {
                throw StartFault.refused(
                    "Column \(place + 1) has a name that is not known. Name its field with --map column=field, "
                        + "or pass it over with --map column=-. The fields are: "
                        + ImportField.allCases.map(\.rawValue).joined(separator: ", ") + ".")
            }
            header.append(name)
        }
        return header
    }
}

extension ImportProblem {
    static func tooLong(_ line: Int) -> ImportProblem {
        ImportProblem(
            line: line, field: "", code: "too_long", message: "has more than \(RowSource.longestRow) bytes")
    }

    fileprivate static func malformed(_ line: Int, _ message: String) -> ImportProblem {
        ImportProblem(line: line, field: "", code: "malformed_json", message: message)
    }
}
