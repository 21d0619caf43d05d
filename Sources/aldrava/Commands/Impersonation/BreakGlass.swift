internal import App

extension Command {
    static let breakGlass = [breakGlassCreate, breakGlassStatus, breakGlassRevoke]

    private static let options: [Option] = [.data, .config, .json]

    static let breakGlassCreate = Command(
        words: ["break-glass", "create"], summary: "Make the code for the safe, and show it this once.",
        options: options, example: "aldrava break-glass create",
        notes: """
            It opens one operator session when nobody else can sign in; see docs/IMPERSONATION.md.
            A code from before is good for nothing then. The database holds a digest only.
            """
    ) { try Reply.print(.breakGlass(.create), $0) }

    static let breakGlassStatus = Command(
        words: ["break-glass", "status"], summary: "Say whether there is a code, and whether it was used.",
        options: options, example: "aldrava break-glass status"
    ) { try Reply.print(.breakGlass(.status), $0) }

    static let breakGlassRevoke = Command(
        words: ["break-glass", "revoke"], summary: "Make the code good for nothing.", options: options,
        example: "aldrava break-glass revoke"
    ) { try Reply.print(.breakGlass(.revoke), $0) }
}
