internal import Standards

/// Rows under titles, for people.
public struct Table: Sendable {
    let titles: [String]
    let rows: [[String]]

    init(_ titles: [String], _ rows: [[String]]) {
        self.titles = titles
        self.rows = rows
    }

    public var isEmpty: Bool { rows.isEmpty }

    var json: JSON {
        func texts(_ list: [String]) -> JSON { .array(list.map { .string($0) }) }
        return ["titles": texts(titles), "rows": .array(rows.map(texts))]
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        guard let titles = json["titles"]?.array, let rows = json["rows"]?.array else { return nil }
        self.titles = titles.compactMap(\.string)
        self.rows = rows.map { ($0.array ?? []).compactMap(\.string) }
        guard self.rows.allSatisfy({ $0.count == titles.count }), self.titles.count == titles.count else { return nil }
    }
}

/// Lays one table out, which may come in several pages: the widths are those of the first.
public struct TableLayout: Sendable {
    private var widths: [Int] = []
    /// The terminal's columns; `nil` where there is none, and then nothing is cut.
    private let columns: Int?
    private static let gap = 2
    private static let narrowest = 8

    public init(columns: Int?) { self.columns = columns }

    /// Lines without the last line feed; with the titles above the first page.
    public mutating func lay(out table: Table) -> String {
        let cells = table.rows.map { $0.map { TerminalText.escaped($0) } }
        var lines: [[String]] = []
        if widths.isEmpty {
            lines = [table.titles]
            widths = table.titles.indices.map { index in
                ([table.titles[index]] + cells.map { $0[index] }).map { TerminalText.width(of: $0) }.max() ?? 0
            }
            shrink()
        }
        return (lines + cells).map(line).joined(separator: "\n")
    }

    /// Takes from the widest column, again and again, until the line fits or all are narrow.
    private mutating func shrink() {
        guard let columns else { return }
        while widths.reduce(0, +) + Self.gap * (widths.count - 1) > columns {
            guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > Self.narrowest
            else { return }
            widths[widest] -= 1
        }
    }

    private func line(_ cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let shown = columns == nil ? cell : TerminalText.cut(cell, to: widths[index])
            line += shown
            guard index < cells.count - 1 else { break }
            let missing = max(0, widths[index] - TerminalText.width(of: shown))
            line += String(repeating: " ", count: missing + Self.gap)
        }
        while line.utf8.last == 0x20 { line.removeLast() }
        return line
    }
}
