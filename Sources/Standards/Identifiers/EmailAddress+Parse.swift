internal import CIDN2
public import Domain

extension EmailAddress {
    /// In code points.
    public static let longest = 120

    /// Normalises first and judges the result: an address that passes means the same mailbox to everyone who
    /// normalises it again.
    ///
    /// The key is the local part case-folded (NFC) and the domain as lower-case A-labels (RFC 5891), so that
    /// `Ana@MÜNCHEN.example` and `ana@xn--mnchen-3ya.example` are one address.
    public static func parse(_ text: String) -> Result<EmailAddress, IdentifierProblem> {
        guard text.utf8.count <= UnicodeText.longest else { return .failure(.tooLong) }
        guard let text = UnicodeText.nfc(text) else { return .failure(.forbiddenCharacter) }
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else {
            return .failure(.empty)
        }
        if UnicodeText.isSpace(first) || UnicodeText.isSpace(last) { return .failure(.outerWhitespace) }
        if text.unicodeScalars.contains(where: UnicodeText.isInvisible) { return .failure(.forbiddenCharacter) }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .failure(.notAnAddress) }
        let local = String(decoding: parts[0], as: UTF8.self)
        guard isLocalPart(local), let compatible = UnicodeText.compatibilityFolded(local), isLocalPart(compatible),
            let localKey = UnicodeText.folded(local), isLocalPart(localKey)
        else { return .failure(.localPart) }
        guard let domain = asciiDomain(String(decoding: parts[1], as: UTF8.self)) else { return .failure(.domain) }
        let key = "\(localKey)@\(domain)"
        guard text.unicodeScalars.count <= longest, text.utf8.count <= 254, key.utf8.count <= 254 else {
            return .failure(.tooLong)
        }
        return .success(EmailAddress(text: text, key: key))
    }

    /// Dot-atom of at most 64 bytes (RFC 5321 §4.5.3.1.1), with everything visible above ASCII (RFC 6531 §3.3).
    private static func isLocalPart(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count) else { return false }
        let atoms = text.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
        return atoms.allSatisfy { atom in
            guard let first = atom.first, !UnicodeText.isMark(first) else { return false }
            return atom.allSatisfy { scalar in
                guard scalar.isASCII else { return !UnicodeText.isInvisible(scalar) && !UnicodeText.isSpace(scalar) }
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9": return true
                default: return "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
                }
            }
        }
    }

    /// Lower-case A-labels, or `nil` for what is no host name on the public Internet.
    private static func asciiDomain(_ text: String) -> String? {
        guard !text.utf8.contains(0), let domain = aLabels(text) else { return nil }
        // libidn2 takes `xn--6a`, a label that is one no-break space: what decodes must encode to the same again.
        guard let unicode = uLabels(domain), aLabels(unicode) == domain else { return nil }
        let labels = domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard domain.utf8.count <= 253, labels.count >= 2, labels.allSatisfy(isLabel),
            let top = labels.last, !top.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return domain
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == hyphen }
    }

    private static func aLabels(_ text: String) -> String? {
        let flags = IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue
        return unsafe converted { unsafe idn2_to_ascii_8z(text, &$0, Int32(flags)) }
    }

    private static func uLabels(_ text: String) -> String? {
        unsafe converted { unsafe idn2_to_unicode_8z8z(text, &$0, 0) }
    }

    private static func converted(_ convert: (inout UnsafeMutablePointer<CChar>?) -> Int32) -> String? {
        var output: UnsafeMutablePointer<CChar>?
        let status = unsafe convert(&output)
        guard let text = unsafe output else { return nil }
        defer { unsafe idn2_free(text) }
        return status == IDN2_OK.rawValue ? unsafe String(validatingCString: text) : nil
    }
}
