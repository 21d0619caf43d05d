internal import App

extension Command {
    static let keys = [keysList, keysRotate, keysRetire, keysImport, keysRewrap]

    private static let kid = Parameter("KID", "The key's name, from 'aldrava keys list'.")
    private static let now = Option(switch: "--now", "At once: the key is, or may be, in the wrong hands.")
    private static let next = Option("--to", "FILE", "The new key, 32 bytes as hex or base64, in a file of mode 600.")

    private static let disclosed = Option(
        switch: "--disclosed", "The old key is, or may be, in the wrong hands: everybody signs in again.")

    static let keysList = Command(
        words: ["keys", "list"], summary: "Show the keys that sign access tokens.", options: Option.common,
        example: "aldrava keys list",
        notes: """
            States, in the order of a key's life:
              next       published in /.well-known/jwks.json, so that clients learn it; does not sign yet
              signing    signs new tokens
              verifying  signs no more; tokens it signed are good until they expire
              retired    gone; nothing it signed is believed

            ALDRAVA_KEY_ROTATION says how long a key signs before the next one takes over by itself, and
            ALDRAVA_SIGNING_ALGORITHM what the next one is for.
            """
    ) { try Reply.print(.keys(.list), $0) }

    static let keysRotate = Command(
        words: ["keys", "rotate"], summary: "Publish the next signing key; it takes over 6 minutes later.",
        options: Option.common, example: "aldrava keys rotate",
        notes: """
            Safe at any time: the key is published for longer than clients may keep jwks.json (5 minutes) before it
            signs, and the present one is believed until the last token it signed has expired. Nobody is signed out, and
            nothing has to be restarted. It happens by itself every ALDRAVA_KEY_ROTATION.

            If a key was disclosed, this is too slow: see 'aldrava keys retire --help'.
            """
    ) { try Reply.print(.keys(.rotate), $0) }

    static let keysRetire = Command(
        words: ["keys", "retire"], summary: "End a signing key, in good order or at once.", parameters: [kid],
        options: [now] + Option.common,
        example: "aldrava keys retire 3cW0xYbX7mYc0tq2ZJ4kGJw0zE2cHqk8R9mE7n0v1aQ --now",
        notes: """
            Without --now: for the signing key a successor is published, as 'aldrava keys rotate' does, and the key ends
            when its last token has. A key that does not sign yet is withdrawn.

            With --now, for a key that somebody else has: this server refuses its tokens from the next request on, others
            that share the database within half a second. A replacement signs at once. Sessions are not ended: clients
            get a good token by refreshing, as they do when one expires. Services that check tokens themselves with a
            copy of jwks.json believe the key until they fetch it again, up to 5 minutes; restart them, or make them
            fetch it, if that is too long. They may refuse the replacement's tokens until then, too.

            There is no way back: a retired key stays retired.
            """
    ) { try Reply.print(.keys(.retire(kid: $0["KID"], atOnce: $0.has(now))), $0) }

    static let keysImport = Command(
        words: ["keys", "import"], summary: "Take over a private key of another system as the next signing key.",
        parameters: [Parameter("FILE", "A PEM or JWK file of mode 600, or - for standard input.")],
        options: Option.common, example: "aldrava keys import old-system.pem",
        notes: """
            P-256 (ES256), Ed25519 (EdDSA), RSA of 2048 to 4096 bits with exponent 65537 (RS256), and as a JWK also a
            secret of 32 bytes or more (HS256). Not encrypted; decrypt with 'openssl pkey -in FILE', straight into a pipe:
              openssl pkey -in old.pem | aldrava keys import -

            The key is published now and signs 6 minutes later, like one of 'aldrava keys rotate'. It keeps the name
            (kid) that a JWK gives it. Its file is read once and never shown; destroy it afterwards.
            """
    ) { arguments in
        try Reply.print(.keys(.bring(try PrivateKeyInput.read(arguments["FILE"]))), arguments)
    }

    static let keysRewrap = Command(
        words: ["keys", "rewrap"], summary: "Change the master key; the server must be stopped.",
        options: [next, disclosed, .data, .config, .json], example: "aldrava keys rewrap --data /var/lib/aldrava",
        notes: """
            Makes a new master key, or takes the one in --to, and puts everything that is secret under new keys.
            Afterwards the old master key opens nothing in this database. Sessions, tokens and the audit's proofs stay
            good. Where servers share a PostgreSQL database, stop all of them; the command refuses while one is seen.

            1. Make a backup of the database, and know where the present master key is.
            2. Stop the server.
            3. aldrava keys rewrap
            4. Copy master.key to where you keep it, away from the backups. Where the key comes from
               ALDRAVA_MASTER_KEY_FILE, name the new file there; on every server.
            5. Start the server, make a new backup, then take master.key.old away.

            It may be stopped at any moment, kill -9 and power cuts included: the database is at one of the two keys,
            both are in the folder, and the next start or the same command again completes it.

            Old backups still need the old key, and whoever has both has what was in them: the signing keys, and what
            sessions' tokens are made from. If that may have happened use --disclosed, which retires every signing key and
            refuses every token from before.
            """
    ) { arguments in
        let reply = try rewrapMasterKey(
            try Settings.read(arguments), next: arguments.value(next), isDisclosed: arguments.has(disclosed))
        return try Reply.print(reply, arguments)
    }
}
