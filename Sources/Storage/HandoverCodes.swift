public import Domain

/// Carries a signed-in person from the realm's host to an application's: good once, for a moment, in one browser.
public struct HandoverCode: Hashable, Sendable {
    /// SHA-256 of the code.
    public let digest: [UInt8]
    public let realm: RealmName
    /// The person's own session; the code goes with its row.
    public let session: ID<Session>
    public let application: String
    /// Where alone it may be shown.
    public let host: String
    /// Binds it to the browser that asked.
    public let browser: [UInt8]
    public let returnTo: String
    public let expiresAt: Timestamp

    public init(
        digest: [UInt8], realm: RealmName, session: ID<Session>, application: String, host: String, browser: [UInt8],
        returnTo: String, expiresAt: Timestamp
    ) {
        self.digest = digest
        self.realm = realm
        self.session = session
        self.application = application
        self.host = host
        self.browser = browser
        self.returnTo = returnTo
        self.expiresAt = expiresAt
    }
}

public protocol HandoverCodeWriter {
    func insert(_ code: HandoverCode) throws(StoreFault)
    /// Removes the code and returns it: of many who ask, one gets it. `nil` once it has expired.
    func consumeCode(_ digest: [UInt8]) throws(StoreFault) -> HandoverCode?
    /// At most `limit`; returns how many they were.
    func deleteExpiredCodes(limit: Int) throws(StoreFault) -> Int64
}
