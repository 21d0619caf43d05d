internal import App

extension Command {
    static let userData = Command(
        words: ["user", "data"], summary: "Print everything that is known about a person, as one JSON document.",
        parameters: [user], options: [.data, .config, .realm] + Option.elsewhere,
        example: "aldrava user data rui > rui.json",
        notes: """
            For requests by letter: account, attributes, roles, sessions, consents, letters, and every event by or about the
            person, opened with their key. Of other people only that there was somebody. It ends with "complete":true; a
            document without that was broken off.

            Who signs in can have the same from GET /api/auth/my-data.
            """
    ) { arguments in
        let place = try Settings.place(arguments)
        let realm = arguments.value(.realm) ?? "default"
        return try withControl(place) { send in
            var (user, place) = (arguments["USER"], String?.none)
            while true {
                let reply = try send(ControlRequest(realm: realm, command: .person(.data(user, place: place))))
                guard let piece = reply.piece else {
                    Terminal.complain(reply.message)
                    return reply.exitCode
                }
                Terminal.print(json: piece.text)
                guard let next = piece.next else { return .ok }
                (user, place) = (piece.user, next)
            }
        }
    }
}
