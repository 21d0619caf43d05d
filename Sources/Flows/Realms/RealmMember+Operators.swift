extension RealmMember {
    /// What only operators may say of a realm: where on the web it is and whether it is there at all, in whose name the
    /// server's mail goes out, and what is true of the operators' own backups and of the server's load.
    ///
    /// A realm's administrators read these and cannot change them; a new row that reaches beyond its realm belongs here.
    public static let forOperators: Set<String> = [
        url, enabled, "applications", "mail_from", "privacy.backup_retention_days",
    ]

    /// Whether a realm's own administrators may change it.
    public var isForOperators: Bool { Self.forOperators.contains(name) }
}
