internal import App

extension Command {
    static let apiKeyRevoke = Command(
        words: ["api-key", "revoke"], summary: "End an API key for good, from the next request on.",
        parameters: [apiKey], options: Option.common,
        example: "aldrava api-key revoke 01936f4e-7a10-7abc-8def-0123456789ab"
    ) { try Reply.print(.apiKey(.revoke($0["ID"])), $0) }
}
