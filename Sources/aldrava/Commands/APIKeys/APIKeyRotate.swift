internal import App

extension Command {
    static let apiKey = Parameter("ID", "Its id, as 'api-key list' shows it.")
    private static let overlap = Option(
        "--overlap", "TIME", "For how long the text before is good besides, such as 7d; 24h unless told.")

    static let apiKeyRotate = Command(
        words: ["api-key", "rotate"], summary: "Give an API key another text, and show it this once.",
        parameters: [apiKey], options: [overlap] + Option.common,
        example: "aldrava api-key rotate 01936f4e-7a10-7abc-8def-0123456789ab --overlap 7d",
        notes: """
            Until the overlap is over both texts are good, so that programs can be given the new one without a gap.
            After a leak use --overlap 0s, or 'api-key revoke'. The text before the one before ends at once.
            """
    ) { arguments in
        guard let seconds = TimeInput.seconds(arguments.value(overlap) ?? "24h") else {
            throw Misuse("--overlap needs \(TimeInput.allowed).", see: ["api-key", "rotate"])
        }
        return try Reply.print(.apiKey(.rotate(arguments["ID"], overlap: seconds)), arguments)
    }
}
