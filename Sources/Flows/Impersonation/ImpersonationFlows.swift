internal import Domain
internal import Storage

/// Operators who act inside a realm, and the way in when nothing else is left.
public struct ImpersonationFlows: Sendable {
    public let begin: BeginImpersonation
    public let end: EndImpersonation
    public let list: ListImpersonations
    public let breakGlass: ManageBreakGlass
    public let useBreakGlass: UseBreakGlass
    /// Done about every ten minutes.
    let chores: [Chore]

    init(_ parts: FlowParts) {
        begin = BeginImpersonation(parts: parts)
        let end = EndImpersonation(parts: parts)
        self.end = end
        list = ListImpersonations(store: parts.store)
        breakGlass = ManageBreakGlass(parts: parts)
        useBreakGlass = UseBreakGlass(parts: parts)
        chores = [
            Chore(fault: "impersonations_not_settled") { () throws(StoreFault) in try await end.settle() }
        ]
    }
}
