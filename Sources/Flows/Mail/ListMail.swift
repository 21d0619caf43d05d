public import Domain
internal import Standards
public import Storage

/// What waits, was sent, or is dead, for operators.
public struct ListMail: Sendable {
    let store: any Store
    let subjectKeys: SubjectKeys

    public struct Entry: Sendable {
        public let mail: MailSummary
        /// Enough of the address to know it by for who knows it; empty once the letter has no content.
        public let maskedAddress: String
    }

    /// One letter; `nil` where there is none.
    public func find(_ id: ID<MailItem>) async throws(StoreFault) -> Entry? {
        // Just beyond it, so that it is the first.
        let (low, overflow) = id.low.addingReportingOverflow(1)
        let next = ID<MailItem>(high: overflow ? id.high &+ 1 : id.high, low: low)
        return try await self(state: nil, before: next, limit: 1).first { $0.mail.id == id }
    }

    /// Newest first.
    public func callAsFunction(
        state: MailState?, before id: ID<MailItem>?, limit: Int
    ) async throws(StoreFault) -> [Entry] {
        try await entries { (reader) throws(StoreFault) in try reader.mail(state: state, before: id, limit: limit) }
    }

    /// The same of one realm.
    public func callAsFunction(
        in realm: RealmName, state: MailState?, before id: ID<MailItem>?, limit: Int
    ) async throws(StoreFault) -> [Entry] {
        try await entries { (reader) throws(StoreFault) in
            try reader.mail(realm: realm, state: state, before: id, limit: limit)
        }
    }

    private func entries(
        _ read: @escaping @Sendable (any StoreReader) throws(StoreFault) -> [MailSummary]
    ) async throws(StoreFault) -> [Entry] {
        let found = try await store.read { (reader) throws(StoreFault) in
            var found: [(MailSummary, [UInt8]?)] = []
            for mail in try read(reader) {
                let key = mail.sealed.isEmpty ? nil : try reader.subjectKey(of: mail.subject, realm: mail.realm)
                found.append((mail, key))
            }
            return found
        }
        return found.map { mail, wrapped in
            let message = subjectKeys.open(wrapped, for: mail.subject, realm: mail.realm).flatMap {
                MailSeal.open(mail.sealed, id: mail.id, createdAt: mail.createdAt, under: $0)
            }
            return Entry(mail: mail, maskedAddress: message.map { $0.to.masked } ?? "")
        }
    }

    /// How many letters have that state, counted up to a million.
    public func count(_ state: MailState) async throws(StoreFault) -> Int64 {
        try await store.read { (reader) throws(StoreFault) in try reader.mailCount(state, limit: 1_000_000) }
    }
}
