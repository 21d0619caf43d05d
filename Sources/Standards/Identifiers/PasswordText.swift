public import Domain

/// Passwords as Unicode sees them.
public enum PasswordText {
    /// The form in which a new password is compared with names, addresses and the list of common ones; never hashed.
    ///
    /// `NFKC_Casefold`. What is not UTF-8 is replaced first. Of more than 1,024 bytes, which no policy takes, only the
    /// beginning is folded.
    public static func foldForComparison(_ password: Secret) -> String {
        let text = String(decoding: password.exposed.prefix(UnicodeText.longest), as: UTF8.self)
        return UnicodeText.compatibilityFolded(text) ?? text
    }

    /// The form in which a password is hashed: `OpaqueString` of RFC 8265 §4.2, that is NFC with every kind of space
    /// made U+0020, so that the same keys pressed on another system give the same bytes. Case stays.
    ///
    /// Bytes that are not UTF-8, and more than 1,024 of them, are returned as they came.
    public static func forHashing(_ password: Secret) -> Secret {
        let bytes = password.exposed
        guard bytes.count <= UnicodeText.longest, !bytes.allSatisfy({ $0 < 0x80 }),
            let text = String(validating: bytes, as: UTF8.self)
        else { return password }
        var spaced = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { spaced.append(UnicodeText.isSpaceSeparator(scalar) ? " " : scalar) }
        return UnicodeText.nfc(String(spaced)).map { Secret(utf8: $0) } ?? password
    }
}
