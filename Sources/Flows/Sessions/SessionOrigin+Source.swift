internal import Domain
internal import HTTP
internal import Storage

extension SessionOrigin {
    init(_ source: Source) { self.init(address: source.address, userAgent: source.userAgent) }

    /// Whether the newest token did not go where somebody is now: another network, or another program. An address alone
    /// changes too easily to mean anything.
    func isElsewhere(than source: Source) -> Bool {
        isInAnotherNetwork(than: source) || !userAgent.utf8.elementsEqual(source.userAgent.utf8)
    }

    func isInAnotherNetwork(than source: Source) -> Bool {
        let network = IPAddress(address)?.network.description ?? address
        return !network.utf8.elementsEqual(source.network.utf8)
    }
}

extension RealmRules {
    /// Whether a token must not be answered again to somebody, because the newest one went to another network.
    func forbid(replayTo source: Source, after newest: SessionOrigin?) -> Bool {
        endsOnReplayElsewhere && newest?.isInAnotherNetwork(than: source) == true
    }
}
