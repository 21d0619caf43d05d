internal import Domain
internal import Storage

/// Who acts in a session besides the person it belongs to.
enum Acting: Sendable {
    case nobody
    /// With the time at which something of what the operator holds ends by itself.
    case somebody(Impersonation, staleAt: Timestamp?)
    /// Somebody did, and may not any more.
    case over

    var impersonation: Impersonation? {
        switch self {
        case .somebody(let impersonation, _): impersonation
        case .nobody, .over: nil
        }
    }

    /// What the person holds in the session, for no longer than what the operator holds is known.
    func limited(_ grants: Grants) -> Grants {
        switch self {
        case .somebody(_, let staleAt): grants.stale(from: staleAt)
        case .nobody, .over: grants
        }
    }

    var isOver: Bool {
        switch self {
        case .over: true
        case .nobody, .somebody: false
        }
    }
}

extension StoreReader {
    /// By the rows of the impersonation, of the operator and of the operator's own session: whoever ends one of these ends
    /// the impersonation, and no flow has to remember it. These are rows of two realms, so the transaction
    /// looks above them from then on.
    func acting(in session: Session) throws(StoreFault) -> Acting {
        guard let id = session.impersonation else { return .nobody }
        try lookAboveRealms()
        guard let stored = try impersonation(id, realm: session.realm), stored.session == session.id,
            try ending(of: stored) == nil
        else { return .over }
        let own = try grants(of: stored.acting.impersonator, realm: .system)
        return .somebody(stored.acting, staleAt: own.staleAt)
    }

    /// Why it is over, also by what the operator may do; `nil` while it goes on. Its session's own idleness is not asked
    /// about: this node may know of a later use.
    func ending(of stored: StoredImpersonation) throws(StoreFault) -> ImpersonationEnd? {
        if let end = stored.ending(at: now), end != .sessionEnded { return end }
        let grants = try grants(of: stored.acting.impersonator, realm: .system)
        return grants.hasPermission(AdminRight.impersonate.rawValue) ? nil : .rightWithdrawn
    }
}
