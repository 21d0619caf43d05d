internal import API
internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension ControlCommand {
    /// Every command as the API takes it, for the command line of another machine.
    static func remote(_ premises: Premises) -> RemoteCommands {
        RemoteCommands { json in
            guard let command = ControlCommand(json) else { return nil }
            return RemoteCommands.Command(need: command.topic.need.remote, needsProof: command.topic.needsProof) {
                (realm, actor) throws(StoreFault) in
                // What the database says of itself is for operators, who find it in the system log.
                let reply = try await command.topic.perform(in: realm, by: actor, premises)
                return RemoteCommands.Reply(reply.remoteOutcome, message: reply.message, json: reply.json)
            }
        }
    }
}

extension CommandNeed {
    var remote: RemoteCommands.Need {
        switch self {
        case .right(let right): .permission(right.pair)
        case .permission(let pair): .permission(pair)
        case .operators(let right): .operators(right.pair)
        case .local: .local
        }
    }
}

extension ControlReply {
    /// The same in the few words that HTTP has for it.
    var remoteOutcome: RemoteCommands.Reply.Outcome {
        switch outcome {
        case .done: return .done
        case .unavailable: return .unavailable
        case .refused: break
        }
        let code = result["code"]?.string ?? ""
        if code.hasPrefix("no_such_") { return .notFound }
        return code.hasPrefix("invalid") ? .invalid : .refused
    }
}
