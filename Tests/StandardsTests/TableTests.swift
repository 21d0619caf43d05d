import Domain
import Standards
import Testing

@Suite("Tables from outside") struct TableTests {
    /// The same bytes whole, and one by one: where a piece ends must not matter.
    private func records(_ text: String) throws -> [[String]] {
        var whole: [[String]] = []
        var reader = CSVReader()
        let take: (CSVReader.Record) -> [String] = { $0.fields.map { String(decoding: $0, as: UTF8.self) } }
        try reader.read(Array(text.utf8)[...]) { whole.append(take($0)) }
        try reader.finish { whole.append(take($0)) }
        var single: [[String]] = []
        reader = CSVReader()
        for byte in text.utf8 { try reader.read([byte][...]) { single.append(take($0)) } }
        try reader.finish { single.append(take($0)) }
        #expect(whole == single)
        return whole
    }

    @Test func `quoted fields may hold commas, quotation marks and line ends`() throws {
        let text = "\u{FEFF}a,b\r\n\"1,2\",\"say \"\"yes\"\"\"\n\"two\r\nlines\",\n\nlast,\"\""
        let read = try records(text)
        #expect(read == [["a", "b"], ["1,2", "say \"yes\""], ["two\r\nlines", ""], ["last", ""]])
    }

    @Test func `a record's line is where it begins`() throws {
        var lines: [Int] = []
        var reader = CSVReader()
        try reader.read(Array("a\n\"1\n2\"\n\nb\n".utf8)[...]) { lines.append($0.line) }
        #expect(lines == [1, 2, 5])
    }

    @Test(arguments: [
        ("a\"b,c\n", TableFault.Reason.strayQuote), ("\"a\"b\n", .textAfterQuote), ("a\rb\n", .strayCarriageReturn),
        ("\"a\n", .unfinished), ("a\r", .strayCarriageReturn),
    ])
    func `what could be read in two ways is not read`(_ text: String, _ reason: TableFault.Reason) {
        let fault = #expect(throws: TableFault.self) { try records(text) }
        #expect(fault?.reason == reason)
    }

    @Test func `a record has a bound`() {
        var reader = CSVReader(longest: 10)
        #expect(throws: TableFault.self) { try reader.read(Array("0123456789a".utf8)[...]) { _ in } }
    }

    @Test func `a line that is too long is told by its number, and the rest is read`() {
        var reader = LineReader(longest: 4)
        var lines: [(String?, Int)] = []
        for piece in ["ab\r\ncdef", "g\nhi", "\n", "j"] {
            reader.read(Array(piece.utf8)[...]) { lines.append(($0.map { String(decoding: $0, as: UTF8.self) }, $1)) }
        }
        reader.finish { lines.append(($0.map { String(decoding: $0, as: UTF8.self) }, $1)) }
        #expect(lines.map(\.0) == ["ab", nil, "hi", "j"])
        #expect(lines.map(\.1) == [1, 2, 3, 4])
    }

    /// Rows as `column=value`, NULL as `column`.
    private func rows(_ dump: String) throws -> [[String]] {
        func take(_ row: PostgresDump.Row?) -> [String] {
            guard let row else { return ["too long"] }
            return zip(row.columns, row.values).map { name, value in
                value.map { "\(name)=\(String(decoding: $0, as: UTF8.self))" } ?? name
            }
        }
        var whole: [[String]] = []
        var reader = PostgresDump(table: "auth.users")
        try reader.read(Array(dump.utf8)[...]) { row, _ in whole.append(take(row)) }
        try reader.finish { row, _ in whole.append(take(row)) }
        var single: [[String]] = []
        reader = PostgresDump(table: "auth.users")
        for byte in dump.utf8 { try reader.read([byte][...]) { row, _ in single.append(take(row)) } }
        #expect(whole == single)
        return whole
    }

    @Test func `rows come out of COPY with their escapes undone`() throws {
        let dump = """
            -- PostgreSQL database dump
            \\restrict abc
            SET standard_conforming_strings = on;
            CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT 'COPY auth.users (id) FROM stdin;' $_$;
            COPY auth.other (id) FROM stdin;
            COPY auth.users (id) FROM stdin;
            \\.

            COPY auth.users (id, email, "raw_user_meta_data") FROM stdin;
            1\ta\\tb\\\\c\t\\N
            2\t\\x41\\101\t{"a": "\\\\n"}
            \\.

            SELECT 1;

            """
        let expected = [
            ["id=1", "email=a\tb\\c", "raw_user_meta_data"], ["id=2", "email=AA", #"raw_user_meta_data={"a": "\n"}"#],
        ]
        #expect(try rows(dump) == expected)
    }

    @Test func `rows come out of INSERTs, also of several rows`() throws {
        let dump = """
            /* INSERT INTO auth.users (id) VALUES ('comment'); */
            INSERT INTO auth.users (id, email, is_sso_user) VALUES ('1', 'it''s
            two lines', false);
            INSERT INTO "auth"."users" (id, email, phone) OVERRIDING SYSTEM VALUE VALUES
            \t('2', E'a\\'b', NULL),
            \t('3', '{"x": ";"}'::jsonb, 5)
            ON CONFLICT DO NOTHING;
            INSERT INTO auth.identities (id) VALUES ('not ours');

            """
        let expected = [
            ["id=1", "email=it's\ntwo lines", "is_sso_user=false"], ["id=2", "email=a'b", "phone"],
            ["id=3", #"email={"x": ";"}"#, "phone=5"],
        ]
        #expect(try rows(dump) == expected)
    }

    /// Somebody may have written a statement into his own profile, which then stands within a text of the dump.
    @Test(arguments: [
        "INSERT INTO public.notes (text) VALUES ('hello\nINSERT INTO auth.users (id) VALUES (''admin'');\n');\n",
        "INSERT INTO public.notes (text) VALUES (E'\\'\nINSERT INTO auth.users (id) VALUES (1);\n');\n",
        "COPY public.notes (text) FROM stdin;\nINSERT INTO auth.users (id) VALUES (1);\n\\.\n",
        "CREATE FUNCTION f() AS $a$ $$; INSERT INTO auth.users (id) VALUES (1); $a$;\n",
        "-- ' \nSELECT \"'\"; /* ' /* */ INSERT INTO auth.users (id) VALUES (1); */ SELECT 1;\n",
        "INSERT INTO auth.users_archive (id) VALUES (1);\n",
    ])
    func `nothing within a text is taken for a statement`(_ dump: String) throws {
        #expect(try rows(dump).isEmpty)
    }

    @Test(arguments: [
        ("INSERT INTO auth.users VALUES (1);\n", TableFault.Reason.noColumns),
        ("INSERT INTO auth.users (id) SELECT 1;\n", .malformedStatement),
        ("INSERT INTO auth.users (id) VALUES (now());\n", .malformedStatement),
        ("COPY auth.users FROM stdin;\n1\n\\.\n", .noColumns),
        ("COPY auth.users (id) FROM stdin;\n1\n", .unfinished), ("SELECT 'a", .unfinished),
    ])
    func `a statement about the table that is not understood ends the reading`(
        _ dump: String, _ reason: TableFault.Reason
    ) {
        let fault = #expect(throws: TableFault.self) { try rows(dump) }
        #expect(fault?.reason == reason)
    }

    @Test(arguments: [
        ("2026-11-21 07:05:09.123456+00", "2026-11-21T07:05:09.123Z"), ("2026-11-21", "2026-11-21T00:00:00.000Z"),
        ("2026-11-21T07:05:09Z", "2026-11-21T07:05:09.000Z"), ("2026-11-21T07:05", "2026-11-21T07:05:00.000Z"),
        ("2026-11-21 07:05:09-03", "2026-11-21T10:05:09.000Z"),
        ("2026-11-21T07:05:09.5+05:30", "2026-11-21T01:35:09.500Z"),
        ("2026-03-01 00:30:00+01", "2026-02-28T23:30:00.000Z"), ("infinity", "9999-12-31T00:00:00.000Z"),
    ])
    func `times of databases are read`(_ text: String, _ expected: String) {
        #expect(Timestamp(foreign: text)?.iso8601 == expected)
    }

    @Test(arguments: [
        "", "yesterday", "2026-02-30", "2026-11-21 25:00", "2026-11-21 07:05:09+99", "2026-11-21 07:05:09 UTC",
        "2026-11-21 07:05:09.", "21/11/2026", "2026-11-21T07:05:09Zx",
    ])
    func `what is no time is none`(_ text: String) {
        #expect(Timestamp(foreign: text) == nil)
    }
}
