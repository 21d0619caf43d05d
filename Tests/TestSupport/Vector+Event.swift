public import Domain
internal import Standards

extension Vector {
    /// The event that a vector of `event-canonical.json` describes.
    public var event: Event? {
        guard let id = ID<Event>(text("id")), let realm = RealmName(text("realm")),
            let time = input["time"]?.integer, let status = input["status"]?.bool,
            let parts = input["personal"]?.array
        else { return nil }
        let actor = input["actor"]?.string.flatMap { ID<User>($0) }
        let personal = parts.compactMap { part -> Event.SealedPart? in
            guard let subject = part["subject"]?.string.flatMap({ ID<User>($0) }),
                let ciphertext = part["ciphertext"]?.string.flatMap({ hexadecimal($0) as [UInt8]? })
            else { return nil }
            return Event.SealedPart(subject: subject, ciphertext: ciphertext)
        }
        return Event(
            id: id, time: Timestamp(milliseconds: time), realm: realm, node: text("node"), did: text("did"),
            status: status, confirmedBy: text("confirmed_by"),
            consequences: Event.Consequences(
                ifOK: text("if_ok"), ifDoubt: text("if_doubt"), ifNot: text("if_not")),
            actor: actor, details: text("details"), personal: personal)
    }
}
