internal import Concurrency
internal import Domain
internal import Storage

/// Mail that waits, was sent, or could not be sent.
public struct MailFlows: Sendable {
    public let deliver: DeliverMail
    public let sendTest: SendTestMail
    public let list: ListMail
    public let retry: RetryMail
    /// Done about every ten minutes.
    let chores: [Chore]
    private let desk: MailDesk

    /// How long what is done with is remembered: what was sent holds no content, what is dead keeps it.
    static let memory = Duration.seconds(7 * 86_400)

    init(_ parts: FlowParts) {
        let (store, desk) = (parts.store, parts.postman.desk)
        self.desk = desk
        deliver = DeliverMail(
            store: store, subjectKeys: parts.recorder.subjectKeys, desk: desk, capabilities: parts.capabilities)
        sendTest = SendTestMail(store: store, postman: parts.postman)
        list = ListMail(store: store, subjectKeys: parts.recorder.subjectKeys)
        retry = RetryMail(store: store, desk: desk)
        chores = [
            Chore(fault: "mail_not_deleted") { () throws(StoreFault) in
                let slice = 500
                while try await store.transaction({ (tx) throws(StoreFault) in
                    try tx.deleteMail(doneBefore: tx.now - Self.memory, limit: slice)
                }) == slice {}
            }
        ]
    }

    /// How this process's tries went.
    public var counts: MailCounts { desk.counts }
}
