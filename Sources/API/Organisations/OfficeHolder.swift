internal import Domain
internal import Flows

/// Whoever looks after an organisation: the same endpoints serve a realm's administrators and the organisation's own.
protocol OfficeHolder: Sendable {
    var realm: Realm { get }
    var office: OrganisationOffice { get }

    func repeatable(_ operation: String) -> IdempotencyKey.Reading
}

extension Authorized: OfficeHolder {
    /// The route asked for the permission.
    var office: OrganisationOffice { .realm(Actor(self)) }
}

extension Member: OfficeHolder {
    /// Whether it is so is asked where something is read or changed.
    var office: OrganisationOffice { .own(Actor(self)) }
}
