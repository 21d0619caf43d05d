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
    /// ``Visitor``, ``Member`` or ``Authorized``: a route that lets everybody in cannot be given an endpoint that needs a
    /// member.
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
    /// Whether that answer may set cookies, or remove them.
    static var setsCookies: Bool { get }
    /// Whether it may answer instead that a letter has to be read first, see ``Answer/accepted(_:)``.
    static var mayAccept: Bool { get }

    func callAsFunction(
        _ input: Input, _ caller: Caller
    ) async throws(StoreFault) -> Answer<Output, Refusal>

    /// What else is wrong with a body whose shape is wrong already, so that a client learns all of it at once.
    func furtherProblems(of body: JSON, _ caller: Caller) async throws(StoreFault) -> [FieldProblem]
}

extension Endpoint {
    public static var status: Int { 200 }
    public static var setsCookies: Bool { false }
    public static var mayAccept: Bool { false }
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

/// The ways in which an endpoint can end, with the cookies that the answer sets or removes.
public enum Answer<Output: Sendable, Refusal: ClientError>: Sendable {
    case success(Output, cookies: [SetCookie] = [])
    /// 202: nothing has happened yet, a letter has to be read first. Only where ``Endpoint/mayAccept`` says so.
    case accepted(AcceptedReply)
    case refused(Refusal, cookies: [SetCookie] = [])
}

/// Whoever sent a request to a route that is open to all.
public struct Visitor: Sendable {
    public let request: Request
    public let realm: Realm
    /// Whose cookies count: the realm's own, or an application's.
    public let client: String

    /// Made when asked for: most requests never need it.
    public var source: Source { Source(request) }
}

/// Whoever sent a request, proven to be signed in.
public struct Member: Sendable {
    public let request: Request
    public let realm: Realm
    public let principal: Principal
    public let provenBy: AuthResult.Source

    public var source: Source { Source(request, principal.impersonation) }
}

/// Whoever sent a request, a person or a program, proven to hold what the route asks for.
public struct Authorized: Sendable {
    public let request: Request
    public let realm: Realm
    public let result: AuthResult

    public var source: Source { Source(request, result.principal?.impersonation) }
}

/// Anybody, and who it is where that is proven.
public struct Guest: Sendable {
    public let visitor: Visitor
    public let member: Member?

    public var realm: Realm { visitor.realm }
    public var source: Source { visitor.source }
}

/// Whoever wants to be signed out: a member, or somebody whose access has expired and who still has the refresh cookie.
public struct Leaver: Sendable {
    public let request: Request
    public let realm: Realm
    /// `nil` for somebody who has the refresh cookie only, which is not checked yet.
    public let member: Member?

    public var source: Source { Source(request, member?.principal.impersonation) }
}

/// An answer that is one version of something, and says which in the field `ETag` (RFC 9110 §8.8.3).
protocol EntityTagged {
    /// With its quotes.
    var tag: String { get }
}
