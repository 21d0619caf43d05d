/// Why certificates cannot be used; each description is one sentence for the operator.
public enum TLSFault: Error, Hashable, CustomStringConvertible {
    /// The reason completes the sentence "the file …", such as `does not exist`.
    case unreadable(path: String, reason: String)
    /// Users outside the file's group may read the key, or others than its owner may change it.
    case exposedKey(path: String)
    case noCertificate(path: String)
    case noKey(path: String)
    /// Nobody is there to type a passphrase.
    case encryptedKey(path: String)
    case keyOfAnotherCertificate(key: String, certificate: String)
    /// In OpenSSL's words: a key that is too short, a signature that is too weak.
    case refused(path: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "The TLS file \(path) \(reason)."
        case .exposedKey(let path):
            "The TLS key \(path) is open to other users: its mode must be 600, or 640 for a group of its own."
        case .noCertificate(let path): "The file \(path) holds no certificate in PEM form."
        case .noKey(let path): "The file \(path) holds no private key in PEM form."
        case .encryptedKey(let path): "The TLS key \(path) is encrypted: it must be stored without a passphrase."
        case .keyOfAnotherCertificate(let key, let certificate):
            "The TLS key \(key) does not belong to the certificate \(certificate)."
        case .refused(let path, let reason): "The certificate \(path) cannot be used: OpenSSL says \"\(reason)\"."
        }
    }
}
