internal import Domain

/// What whoever has a command carried out over the network must hold; on the machine itself, the operating system
/// decides who may.
enum CommandNeed: Hashable, Sendable {
    /// In the realm that the command is for.
    case right(AdminRight)
    /// The same for what an application may also be given.
    case permission(Permission.Pair)
    /// In the operators' realm, because the command concerns every realm.
    case operators(AdminRight)
    /// Only on the machine: it touches the server's files, or what no permission stands for.
    case local
}
