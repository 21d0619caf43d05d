internal import App

extension Command {
    static let rowSecurity = [rowSecurityInstall, rowSecurityDismiss, rowSecurityRotate, rowSecuritySQL]

    private static let now = Option(switch: "--now", "At once: the key is, or may be, in the wrong hands.")

    static let rowSecurityInstall = Command(
        words: ["rls", "install"], summary: "Let tables of your own know who asks (PostgreSQL).",
        options: Option.here, example: "aldrava rls install",
        notes: """
            Makes the schema 'aldrava' in the database, or brings it up to date, and admits the realm's people. Policies
            of your own tables then ask aldrava.user_id(), .realm(), .roles(), .groups() and .has_permission(): see
            docs/ROW-LEVEL-SECURITY.md. May be repeated, and with another --realm admits one more.

            Works beside a running server. The database role must own the schema, or be allowed to make it; where the
            server's role is a lesser one, name the owner's URL in ALDRAVA_DATABASE for this command alone.
            """
    ) { try change(.install, $0) }

    static let rowSecurityDismiss = Command(
        words: ["rls", "dismiss"], summary: "Believe database tokens of a realm no more.", options: Option.here,
        example: "aldrava rls dismiss --realm acme"
    ) { try change(.dismiss, $0) }

    static let rowSecurityRotate = Command(
        words: ["rls", "rotate"], summary: "Give database tokens another key.", options: [now] + Option.here,
        example: "aldrava rls rotate",
        notes: """
            Running servers use the new key from their next token on. Tokens of the one before are good until they
            expire, a minute later; with --now they are refused at once, and whoever works with the database asks for
            another one.
            """
    ) { try change(.rotate(atOnce: $0.has(now)), $0) }

    static let rowSecuritySQL = Command(
        words: ["rls", "sql"], summary: "Print what 'rls install' runs.", options: [.json], example: "aldrava rls sql"
    ) { try Reply.print(rowSecurityStatements(), $0) }

    private static func change(_ order: RowSecurityOrder, _ arguments: Arguments) throws -> ExitCode {
        let reply = try changeRowSecurity(
            order, realm: arguments.value(.realm) ?? "default", try Settings.read(arguments))
        return try Reply.print(reply, arguments)
    }
}
