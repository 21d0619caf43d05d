internal import App

extension Command {
    static let upgrade = Command(
        words: ["upgrade"], summary: "Let the program on the disk take over from the one that runs.",
        options: [.data, .config, .json], example: "aldrava upgrade --data /var/lib/aldrava",
        notes: """
            The new program stands where the running one was started from. It is tried first, with the running
            server's settings; if it fails, nothing changes. Then requests under way finish, new clients wait, and the
            new server answers them. If it does not start, the program before comes back.
            """
    ) { try Reply.print(try upgradeServer(try Settings.read($0)), $0) }
}
