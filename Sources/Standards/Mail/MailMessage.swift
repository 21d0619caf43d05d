public import Domain

/// A mail as it goes over the wire: text and HTML of the same words (RFC 5322, RFC 2045 to 2047, RFC 6532).
///
/// Nothing that somebody typed can begin a header field of its own: a field's value is a ``Mailbox``, or a text that
/// was refused here if it held the end of a line.
public struct MailMessage: Hashable, Sendable {
    /// The left side of the `Message-ID`; the same whenever the mail is sent again.
    public let id: String
    public let date: Timestamp
    public let from: Mailbox
    public let to: Mailbox
    public let subject: String
    public let language: Language
    public let text: String
    public let html: String

    /// `nil` where the subject is not one line, or the id has another character than hex digits and hyphens.
    public init?(
        id: String, date: Timestamp, from: Mailbox, to: Mailbox, subject: String, language: Language, text: String,
        html: String
    ) {
        let isID = id.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) || $0 == 0x2D }
        guard isID, !id.isEmpty, MailText.isLine(subject) else { return nil }
        self.id = id
        self.date = date
        self.from = from
        self.to = to
        self.subject = subject
        self.language = language
        self.text = text
        self.html = html
    }

    public var messageID: String { "<\(id)@\(from.domain)>" }

    /// With CR LF at the end of each line, none of which is longer than 78 bytes but for long addresses.
    public var bytes: [UInt8] {
        // No quoted-printable text holds "=_".
        let boundary = "=_\(id)"
        var message = """
            Date: \(date.mailDate)
            From: \(Self.field(from, after: 6))
            To: \(Self.field(to, after: 4))
            Subject: \(MailText.field(subject, after: 9))
            Message-ID: \(messageID)
            Auto-Submitted: auto-generated
            Content-Language: \(language.rawValue)
            MIME-Version: 1.0
            Content-Type: multipart/alternative;
             boundary="\(boundary)"


            """.mailLines
        for (type, body) in [("plain", text), ("html", html)] {
            message +=
                """
                --\(boundary)
                Content-Type: text/\(type); charset=utf-8
                Content-Transfer-Encoding: quoted-printable


                """.mailLines
            message += MailText.quotedPrintable(body)
        }
        return message + "--\(boundary)--\n".mailLines
    }

    private static func field(_ mailbox: Mailbox, after taken: Int) -> String {
        guard !mailbox.name.isEmpty else { return mailbox.address }
        return "\(MailText.phrase(mailbox.name, after: taken))\r\n <\(mailbox.address)>"
    }
}

extension String {
    /// With CR LF for every line feed that has no CR before it.
    fileprivate var mailLines: [UInt8] {
        var lines: [UInt8] = []
        for byte in utf8 {
            if byte == 0x0A, lines.last != 0x0D { lines.append(0x0D) }
            lines.append(byte)
        }
        return lines
    }
}

extension Timestamp {
    /// `Sat, 21 Nov 2026 21:31:06 +0000` (RFC 5322 §3.3).
    public var mailDate: String {
        let text = Array(iso8601.utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(part(5..<7)).map { names[max(0, min(11, $0 - 1))] } ?? names[0]
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let weekday = weekdays[Int((days % 7 + 7) % 7)]
        let day = part(8..<10)
        return "\(weekday), \(day) \(month) \(part(0..<4)) \(part(11..<19)) +0000"
    }
}
