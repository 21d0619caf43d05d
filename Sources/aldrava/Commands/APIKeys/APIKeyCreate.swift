internal import App

extension Command {
    static let apiKeys = [apiKeyCreate, apiKeyList, apiKeyRotate, apiKeyRevoke]
    private static let permission = Option(
        "--permission", "PERMISSION", "What it may do, as RESOURCE:ACTION; again for more. Without, it may only verify."
    )
    private static let network = Option(
        "--network", "CIDR", "From where it may be used, such as 10.0.0.0/8; again for more. Without, from anywhere.")
    private static let expires = Option(
        "--expires", "WHEN", "A day such as 2027-01-31, which means 00:00 UTC, a time, or 30d; never unless told.")

    static let apiKeyCreate = Command(
        words: ["api-key", "create"], summary: "Make an API key for a program, and show it this once.",
        parameters: [Parameter("NAME", "Such as 'nightly-backup'.")],
        options: [permission, network, expires] + Option.common,
        example: "aldrava api-key create nightly-backup --permission messages:read --network 10.0.0.0/8 --expires 90d",
        notes: """
            The key alone goes to standard output, so that it can be piped to where secrets are kept.
            Programs send it in the field X-Service-Api-Key. The database holds a digest only.
            """
    ) { arguments in
        var expiry = APIKeyCommand.Expiry.never
        if let text = arguments.value(expires) {
            guard let read = TimeInput.expiry(text) else {
                throw Misuse(
                    "--expires needs a day such as 2027-01-31, a time such as 2027-01-31T18:30:00Z, or 30d.",
                    see: ["api-key", "create"])
            }
            expiry = read
        }
        return try Reply.print(
            .apiKey(
                .create(
                    APIKeyCommand.Wish(
                        name: arguments["NAME"], permissions: arguments.values(permission),
                        networks: arguments.values(network), expires: expiry))), arguments)
    }
}
