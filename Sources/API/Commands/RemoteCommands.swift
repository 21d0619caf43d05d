public import Domain
public import Flows
public import Standards
public import Storage

/// The commands of the command line as a route takes them, given by whoever puts the server together: this layer knows
/// neither what they are called nor what they do.
public struct RemoteCommands: Sendable {
    /// What it takes to have a command carried out from elsewhere.
    public enum Need: Hashable, Sendable {
        case permission(Permission.Pair)
        /// The same, in the operators' realm: the command concerns every realm.
        case operators(Permission.Pair)
        /// It is carried out on the server's own machine only.
        case local
    }

    public struct Command: Sendable {
        public let need: Need
        /// Whether a person has to prove once more who they are, which a command cannot do: only programs send it.
        public let needsProof: Bool
        /// Carries it out in a realm, for whoever asked.
        public let perform: @Sendable (Realm, Actor) async throws(StoreFault) -> Reply

        public init(
            need: Need, needsProof: Bool = false,
            perform: @escaping @Sendable (Realm, Actor) async throws(StoreFault) -> Reply
        ) {
            self.need = need
            self.needsProof = needsProof
            self.perform = perform
        }
    }

    /// What became of a command.
    public struct Reply: Sendable {
        public enum Outcome: CaseIterable, Sendable {
            case done
            /// It names something that is not there.
            case notFound
            /// What it asks for is not as it must be.
            case invalid
            /// It cannot be done as things are.
            case refused
            case unavailable
        }

        public let outcome: Outcome
        /// Whole sentences, for people.
        public let message: String
        /// The reply as the command line reads it: an object.
        public let json: JSON

        public init(_ outcome: Outcome, message: String, json: JSON) {
            self.outcome = outcome
            self.message = message
            self.json = json
        }
    }

    /// `nil` for what no command of this version would have been written as.
    let read: @Sendable (JSON) -> Command?

    public init(_ read: @escaping @Sendable (JSON) -> Command?) { self.read = read }

    /// Knows no command.
    public static let none = RemoteCommands { _ in nil }
}
