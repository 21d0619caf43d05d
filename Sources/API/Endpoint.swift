public import Domain
public import Flows
public import HTTP
public import Standards
public import Storage

/// One operation of the API: what it reads, what it answers, and everything it may refuse.
///
/// All of it is types, so an endpoint cannot answer outside of what its route describes. A failing database is
/// thrown and becomes the same 503 everywhere; nothing else can be thrown.
public protocol Endpoint: Sendable {
    /// ``Visitor`` or ``Member``: a route that lets everybody in cannot be given an endpoint that needs a member.
    associatedtype Caller: Sendable
    associatedtype Input: Sendable
    associatedtype Output: Sendable
    associatedtype Refusal: ClientError

    /// One sentence for whoever reads the documentation.
    static var sentence: String { get }
    static var input: Intake<Input> { get }
    /// The header fields that it reads, besides those that every route does.
    static var requestFields: [SchemaDescription.Member] { get }
    static var output: Schema<Output> { get }
    /// Of the answer when nothing was refused.
    static var status: Int { get }

    func callAsFunction(
        _ input: Input, _ caller: Caller
    ) async throws(StoreFault) -> Answer<Output, Refusal>

    /// What else is wrong with a body whose shape is wrong already, so that a client learns all of it at once.
    func furtherProblems(of body: JSON, _ caller: Caller) async throws(StoreFault) -> [FieldProblem]
}

extension Endpoint {
    public static var status: Int { 200 }
    public static var requestFields: [SchemaDescription.Member] { [] }

    public func furtherProblems(of body: JSON, _ caller: Caller) async throws(StoreFault) -> [FieldProblem] { [] }
}

/// An endpoint that never waits, and asks only who calls: where memory knows that, it is answered without a task.
public protocol ImmediateEndpoint: Endpoint where Caller == Member {
    func answer(_ input: Input, to principal: Principal) -> Answer<Output, Refusal>
}

extension ImmediateEndpoint {
    public func callAsFunction(
        _ input: Input, _ caller: Member
    ) async throws(StoreFault) -> Answer<Output, Refusal> { answer(input, to: caller.principal) }
}

/// The two ways in which an endpoint can end.
public enum Answer<Output: Sendable, Refusal: ClientError>: Sendable {
    case success(Output)
    case refused(Refusal)
}

/// Whoever sent a request to a route that is open to all.
public struct Visitor: Sendable {
    public let request: Request
    public let realm: RealmSettings

    /// Made when asked for: most requests never need it.
    public var source: Source { Source(request) }
}

/// Whoever sent a request, proven to be signed in.
public struct Member: Sendable {
    public let request: Request
    public let realm: RealmSettings
    public let principal: Principal

    public var source: Source { Source(request) }
}
