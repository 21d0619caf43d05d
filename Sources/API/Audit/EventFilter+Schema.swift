internal import Domain
internal import Flows
internal import Standards

/// The fields that the log and the stream are filtered by.
struct FilterParameters: Sendable {
    let who: String?
    let did: String?
    let status: StatusWord?
    let confirmedBy: String?
    let ifOK: String?
    let ifDoubt: String?
    let ifNot: String?
    let kind: ApplicationEvent.Kind?
    let application: String?
    let request: String?
    let session: ID<Session>?

    static let schema: Schema<FilterParameters> = .object(
        FilterParameters.init(
            who:did:status:confirmedBy:ifOK:ifDoubt:ifNot:kind:application:request:session:),
        Field(
            optional: "who", .text(bytes: 1...256, example: "ana"), \.who,
            "A username or a user's id; `system` for the server itself, `unknown` for nobody known."),
        Field(optional: "did", .text(bytes: 1...200, example: "login"), \.did, "What was done, exactly."),
        Field(optional: "status", .choice(), \.status, "As it was recorded."),
        Field(
            optional: "confirmed_by", .text(bytes: 1...200, example: "password"), \.confirmedBy,
            "What or who validated it."),
        Field(optional: "if_ok", .text(bytes: 1...200, example: "access_granted"), \.ifOK, "The field of that name."),
        Field(
            optional: "if_doubt", .text(bytes: 1...200, example: "require_2fa"), \.ifDoubt, "The field of that name."),
        Field(optional: "if_not", .text(bytes: 1...200, example: "block_access"), \.ifNot, "The field of that name."),
        Field(optional: "kind", .choice(), \.kind, "`document` for events with a document."),
        Field(
            optional: "application", .text(bytes: 1...64, example: "erp"), \.application,
            "The application that wrote it."),
        Field(
            optional: "request", .text(bytes: 1...64, example: "3f1c9e2ab7d0451"), \.request,
            "The id of the request, `request_id` among the details."),
        Field(optional: "session", .identifier(), \.session, "The session it speaks of, `session` among the details."))

    func filter(from: Timestamp? = nil, to: Timestamp? = nil) -> EventFilter {
        EventFilter(
            who: who, did: did, status: status.map { $0 == .valid }, confirmedBy: confirmedBy, ifOK: ifOK,
            ifDoubt: ifDoubt, ifNot: ifNot, kind: kind?.rawValue, application: application, request: request,
            session: session?.text, from: from, to: to)
    }
}
