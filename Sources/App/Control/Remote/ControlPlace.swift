public import Config

/// Where commands are carried out.
public enum ControlPlace: Sendable {
    /// On this machine: by the server with the data folder, or without one.
    case here(Config)
    case server(RemoteServer)
}

/// Carries a command out, wherever that is to be.
///
/// - Throws: ``StartFault`` when nobody there can be asked.
public func carryOut(_ request: ControlRequest, _ place: ControlPlace) throws -> ControlReply {
    switch place {
    case .here(let config): try carryOut(request, config)
    case .server(let server): try server.send(request)
    }
}

/// Carries out as many commands as `body` asks for.
///
/// - Throws: ``StartFault``, or whatever `body` threw.
public func withControl<Value>(
    _ place: ControlPlace, _ body: ((ControlRequest) throws -> ControlReply) throws -> Value
) throws -> Value {
    switch place {
    case .here(let config): try withControl(config, body)
    case .server(let server): try body { try server.send($0) }
    }
}
