import Domain
import Standards
import Testing

@Suite("Mail messages") struct MailMessageTests {
    private static func message(
        subject: String = "Hello", to: String = "maria@example.org",
        from: String = "Aldrava <no-reply@aldrava.example>",
        text: String = "Hi\n", html: String = "<p>Hi</p>\n"
    ) throws -> MailMessage? {
        MailMessage(
            id: "01936f4e-7a10-7abc-8def-0123456789ab", date: Timestamp(milliseconds: 1_763_760_666_000),
            from: try #require(Mailbox(from)), to: try #require(Mailbox(to)), subject: subject, language: .portuguese,
            text: text, html: html)
    }

    private static func lines(_ message: MailMessage) -> [String] {
        String(decoding: message.bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func `a message has its fields, both bodies, and CR LF everywhere`() throws {
        let message = try #require(try Self.message())
        let bytes = message.bytes
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0A { #expect(index > 0 && bytes[index - 1] == 0x0D) }
            if byte == 0x0D { #expect(index + 1 < bytes.count && bytes[index + 1] == 0x0A) }
        }
        #expect(
            Self.lines(message) == [
                "Date: Fri, 21 Nov 2025 21:31:06 +0000", "From: Aldrava", " <no-reply@aldrava.example>",
                "To: maria@example.org", "Subject: Hello",
                "Message-ID: <01936f4e-7a10-7abc-8def-0123456789ab@aldrava.example>", "Auto-Submitted: auto-generated",
                "Content-Language: pt-BR", "MIME-Version: 1.0",
                "Content-Type: multipart/alternative;",
                " boundary=\"=_01936f4e-7a10-7abc-8def-0123456789ab\"", "",
                "--=_01936f4e-7a10-7abc-8def-0123456789ab", "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: quoted-printable", "", "Hi",
                "--=_01936f4e-7a10-7abc-8def-0123456789ab", "Content-Type: text/html; charset=utf-8",
                "Content-Transfer-Encoding: quoted-printable", "", "<p>Hi</p>",
                "--=_01936f4e-7a10-7abc-8def-0123456789ab--", "",
            ])
    }

    @Test(arguments: ["a\r\nBcc: eve@evil.example", "a\nb", "a\rb", "a\u{0}b", "a\u{2028}b", "a\u{85}b", "a\u{7F}b"])
    func `what ends a line cannot be a subject`(_ subject: String) throws {
        #expect(try Self.message(subject: subject) == nil)
    }

    @Test(
        arguments: [
            "a@b.example\r\nBcc: eve@evil.example", "Eve\r\nBcc: x <a@b.example>", "Eve\n <a@b.example>",
            "<a@b.example>",
            "a b@c.example", "Eve <a@b.example> x", "a@b.example, c@d.example", "Eve <a@b.example", "a@b", "",
            "\"Eve\" <a@b.example>", "Eve\u{2028} <a@b.example>", "a@b.example\u{0}",
        ])
    func `what is no single address cannot be a mailbox`(_ text: String) { #expect(Mailbox(text) == nil) }

    @Test func `a mailbox has its domain as A-labels, and its local part as typed`() throws {
        let mailbox = try #require(Mailbox("Lojinha da Ana <Ana.Souza@MÜNCHEN.example>"))
        #expect(mailbox.address == "Ana.Souza@xn--mnchen-3ya.example" && mailbox.name == "Lojinha da Ana")
        #expect(mailbox.masked == "A…@x….example")
        #expect(Mailbox(stored: mailbox.text) == mailbox)
        let server = Mailbox(server: "127.0.0.1")
        #expect(server.address == "no-reply@localhost" && Mailbox(stored: server.text) == server)
        #expect(Mailbox(server: "id.example.com").address == "no-reply@id.example.com")
    }

    @Test(
        arguments: [
            String(repeating: "Ação ", count: 40), String(repeating: "x", count: 300), "👩‍👩‍👧‍👧 família", "=?UTF-8?B?eA==?=",
            " a", "a ",
        ])
    func `a subject that is long or not ASCII goes in encoded words that fit their lines`(_ subject: String) throws {
        let lines = Self.lines(try #require(try Self.message(subject: subject)))
        let start = try #require(lines.firstIndex { $0.hasPrefix("Subject: ") })
        var words = [String(lines[start].dropFirst(9))]
        for line in lines[(start + 1)...].prefix(while: { $0.hasPrefix(" ") }) {
            words.append(String(line.dropFirst()))
        }
        var decoded: [UInt8] = []
        for word in words {
            #expect(word.utf8.count <= 75 && word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="))
            let base64 = word.dropFirst(10).dropLast(2).filter { $0 != "=" }
                .map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
            let bytes = try #require(Base64URL.decode(String(base64)))
            #expect(String(validating: bytes, as: UTF8.self) != nil, "a word holds whole characters")
            decoded += bytes
        }
        #expect(String(decoding: decoded, as: UTF8.self) == subject)
    }

    @Test func `a display name that needs it is quoted or encoded`() throws {
        func from(_ name: String) throws -> String {
            let message = try #require(try Self.message(from: "\(name) <a@b.example>"))
            return try #require(Self.lines(message).first { $0.hasPrefix("From: ") })
        }
        #expect(try from("The Shop") == "From: The Shop")
        #expect(try from("Shop & Co (x)") == "From: \"Shop & Co (x)\"")
        #expect(try from("Ação").hasPrefix("From: =?UTF-8?B?"))
    }

    @Test(
        arguments: [
            "", "\n", "a", "a\n", ".\n.b\n..\n", "From here\n", "tab\tspace \n", "= = =\n", "ção — 👩‍👩‍👧‍👧\n",
            String(repeating: "a", count: 500), String(repeating: "é", count: 200) + "\n",
            String(repeating: "a", count: 75) + "\n" + String(repeating: "a", count: 76) + "\n"
                + String(repeating: "a", count: 77) + "\n", "a\r\nb\n",
        ])
    func `a body comes back from quoted-printable, whose lines are short and begin harmlessly`(_ text: String) throws {
        let lines = Self.lines(try #require(try Self.message(text: text, html: "")))
        let start = try #require(lines.firstIndex(of: "Content-Transfer-Encoding: quoted-printable")) + 2
        let end = try #require(lines[start...].firstIndex { $0.hasPrefix("--=_") })
        var decoded: [UInt8] = []
        for line in lines[start..<end] {
            #expect(line.utf8.count <= 76 && !line.hasPrefix(".") && !line.hasPrefix("From ") && !line.hasSuffix(" "))
            #expect(line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            var rest = Array(line.utf8)[...]
            var isSoft = false
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "=") else {
                    decoded.append(byte)
                    continue
                }
                if rest.isEmpty {
                    isSoft = true
                } else {
                    decoded.append(try #require(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)))
                    rest = rest.dropFirst(2)
                }
            }
            if !isSoft { decoded.append(0x0A) }
        }
        #expect(String(decoding: decoded, as: UTF8.self) == (text.hasSuffix("\n") ? text : text + "\n"))
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (1_795_297_866_999, "Sat, 21 Nov 2026 21:51:06 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
        ] as [(Int64, String)])
    func `a date is written as mail wants it`(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).mailDate == text)
    }

    @Test func `an id that could end its field is none`() throws {
        let mailbox = try #require(Mailbox("a@b.example"))
        for id in ["", "a>b", "a b", "A", "1\r\n"] {
            #expect(
                MailMessage(
                    id: id, date: Timestamp(milliseconds: 0), from: mailbox, to: mailbox, subject: "",
                    language: .english,
                    text: "", html: "") == nil)
        }
    }
}
