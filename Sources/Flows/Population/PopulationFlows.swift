internal import Domain
internal import Storage

/// Whole populations, coming and going.
public struct PopulationFlows: Sendable {
    public let importUsers: ImportUsers
    public let exportUsers: ExportUsers
    public let outlineUsers: OutlineUsers
    /// Done about every ten minutes.
    let chores: [Chore] = []

    init(_ parts: FlowParts) {
        importUsers = ImportUsers(
            store: parts.store, recorder: parts.recorder, live: parts.live, capabilities: parts.capabilities)
        exportUsers = ExportUsers(
            store: parts.store, recorder: parts.recorder, capabilities: parts.capabilities)
        outlineUsers = OutlineUsers(store: parts.store)
    }
}
