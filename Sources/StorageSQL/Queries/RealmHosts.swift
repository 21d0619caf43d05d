public import Domain
public import Storage

extension SQLTransaction {
    public func realmHost(_ host: String) throws(StoreFault) -> RealmHost? {
        try row("SELECT host, realm, application FROM realm_hosts WHERE host = $1", [.text(host)], readHost)
    }

    public func realmHosts(of realm: RealmName) throws(StoreFault) -> [RealmHost] {
        try rows(
            "SELECT host, realm, application FROM realm_hosts WHERE realm = $1 ORDER BY host", [.realm(realm)],
            readHost)
    }

    /// Takes the hosts before it gives any up, in one order, so that two realms that want the same ones cannot wait for
    /// each other in a ring. Where another realm was faster, the realm gets back what it had.
    public func setHosts(of realm: RealmName, to hosts: [RealmHost]) throws(StoreFault) -> RealmHost? {
        let before = try realmHosts(of: realm)
        for host in hosts.sorted(by: { $0.host.utf8.lexicographicallyPrecedes($1.host.utf8) }) {
            guard try take(host.host, for: realm, application: host.application) else {
                guard let owner = try realmHost(host.host), owner.realm != realm else {
                    throw .busy("the host \(host.host) is changing hands")
                }
                _ = try change("DELETE FROM realm_hosts WHERE realm = $1", [.realm(realm)])
                for host in before { _ = try take(host.host, for: realm, application: host.application) }
                return owner
            }
        }
        for old in before where !hosts.contains(where: { $0.host.utf8.elementsEqual(old.host.utf8) }) {
            _ = try change(
                "DELETE FROM realm_hosts WHERE host = $1 AND realm = $2", [.text(old.host), .realm(realm)])
        }
        return nil
    }

    /// False when another realm has it; on PostgreSQL this waits for one that is taking it.
    private func take(_ host: String, for realm: RealmName, application: String?) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO realm_hosts (host, realm, application) VALUES ($1, $2, $3)
            ON CONFLICT (host) DO UPDATE SET application = excluded.application
            WHERE realm_hosts.realm = excluded.realm
            """, [.text(host), .realm(realm), application.map { .text($0) } ?? .null]) > 0
    }
}

private func readHost(_ row: some SQLRow) throws(StoreFault) -> RealmHost {
    RealmHost(
        host: try row.text(0), realm: try row.realm(1), application: row.isNull(2) ? nil : try row.text(2))
}
