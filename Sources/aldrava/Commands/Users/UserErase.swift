internal import App
internal import Glibc

extension Command {
    private static let yes = Option(switch: "--yes", "Without being asked whether that is meant.")

    static let userErase = Command(
        words: ["user", "erase"], summary: "Erase a person for good; there is no way back.", parameters: [user],
        options: [yes] + Option.common, example: "aldrava user erase rui",
        notes: """
            Account, attributes, sessions, letters and password go, and with them the key of the person's part of every event:
            the events stay, and their proofs hold. The answer says from when on no copy can be read.

            Files of logs are cleaned by every server for itself, within minutes. See docs/PRIVACY.md for what nobody but you
            can clean: exports, backups, copies of logs elsewhere, PostgreSQL's own files.
            """
    ) { arguments in
        let place = try Settings.place(arguments)
        let realm = arguments.value(.realm) ?? "default"
        return try withControl(place) { send in
            let shown = try send(ControlRequest(realm: realm, command: .user(.show(arguments["USER"]))))
            guard let found = shown.shownUser else { return try Reply.print(shown, arguments) }
            if !arguments.has(yes) {
                Terminal.ask("To erase '\(found.username)' (\(found.id)) for good, type the name: ")
                guard let typed = readLine(strippingNewline: true), typed.utf8.elementsEqual(found.username.utf8) else {
                    throw StartFault.refused("Nothing was done: that is not the name.")
                }
            }
            let reply = try send(ControlRequest(realm: realm, command: .person(.erase(found.id))))
            return try Reply.print(reply, arguments)
        }
    }
}
