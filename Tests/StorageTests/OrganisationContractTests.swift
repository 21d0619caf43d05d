import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: organisations, their members, groups and invitations")
struct OrganisationContractTests {
    private static func organisation(_ name: String, realm: RealmName = .standard) -> Organisation {
        Organisation(
            id: Sample.id(), realm: realm, name: name, title: "The \(name)", createdAt: Timestamp(milliseconds: 7))
    }

    private static func letter(_ address: [UInt8] = [1]) -> AccountToken {
        let subject = Sample.id(User.self)
        return AccountToken(
            id: subject.bytes, digest: subject.bytes + [1], code: [], realm: .standard, purpose: .joinOrganisation,
            subject: subject, user: nil, address: address, binding: [], data: [9],
            createdAt: Timestamp(milliseconds: 0), expiresAt: Timestamp(milliseconds: 0))
    }

    private static func invitation(
        _ organisation: Organisation, _ letter: AccountToken, by inviter: OrganisationInvitation.Inviter = .machine
    ) -> OrganisationInvitation {
        OrganisationInvitation(
            id: Sample.id(), realm: .standard, organisation: organisation.id, role: .admin, inviter: inviter,
            letter: letter.id, createdAt: Timestamp(milliseconds: 0), expiresAt: Timestamp(milliseconds: 0))
    }

    @Test(arguments: Backend.contract)
    func `names are unique per realm, lists are sorted, and an edit counts once`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (first, other, foreign) = (
                Self.organisation("b"), Self.organisation("a"), Self.organisation("b", realm: .system)
            )
            let made = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.insert(first), try tx.insert(other), try tx.insert(Self.organisation("b")),
                    try tx.insert(foreign),
                ]
            }
            #expect(made == [true, true, false, true])
            let new = Organisation(
                id: first.id, realm: .standard, name: "c", title: "C", version: 2, createdAt: first.createdAt)
            let edits = try await store.transaction { (tx) throws(StoreFault) in
                [try tx.update(new, ifVersion: 1), try tx.update(new, ifVersion: 1)]
            }
            #expect(edits == [true, false])
            try await store.look { tx throws in
                #expect(try tx.organisations(realm: .standard, after: "", limit: 9).map(\.name) == ["a", "c"])
                #expect(try tx.organisations(realm: .standard, after: "a", limit: 9).map(\.name) == ["c"])
                #expect(try tx.organisation(named: "c", realm: .standard)?.version == 2)
                #expect(try tx.organisation(first.id, realm: .system) == nil)
                #expect(try tx.organisation(named: "b", realm: .standard) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `who leaves an organisation leaves its groups, and no others`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (maria, rui) = (try await store.addUser(), try await store.addUser("rui"))
            let acme = Self.organisation("acme")
            func group(_ name: String) -> Group {
                Group(
                    id: Sample.id(), realm: .standard, name: name, description: "",
                    createdAt: Timestamp(milliseconds: 1))
            }
            let (its, others) = (group("its"), group("others"))
            let changes = try await store.transaction { (tx) throws(StoreFault) in
                guard try tx.insert(acme), try tx.insert(its), try tx.insert(others) else { throw .unexpected("taken") }
                try tx.assign(its.id, to: acme.id)
                let changes = [
                    try tx.setRole(.member, of: maria.id, in: acme.id),
                    try tx.setRole(.member, of: maria.id, in: acme.id),
                    try tx.setRole(.admin, of: maria.id, in: acme.id), try tx.setRole(.admin, of: rui.id, in: acme.id),
                ]
                for group in [its, others] {
                    _ = try tx.give(.group(group.id), to: .user(maria.id), until: nil, realm: .standard)
                }
                return changes
            }
            #expect(changes == [true, false, true, true])
            try await store.look { tx throws in
                #expect(try tx.members(of: acme.id, after: nil, limit: 9).map(\.username).sorted() == ["maria", "rui"])
                let first = try tx.members(of: acme.id, after: nil, limit: 1)
                #expect(try tx.members(of: acme.id, after: first.last?.user, limit: 9).count == 1)
                #expect(try tx.administratorCount(of: acme.id, besides: rui.id) == 1)
                #expect(try tx.organisation(of: its.id, realm: .standard)?.name == "acme")
                #expect(try tx.organisation(of: others.id, realm: .standard) == nil)
                #expect(try tx.groups(of: acme.id, after: "", limit: 9).map(\.name) == ["its"])
                let mine = try tx.organisations(of: maria.id, realm: .standard, after: "", limit: 9)
                #expect(mine.map(\.organisation.name) == ["acme"] && mine.map(\.role) == [.admin])
                #expect(try tx.grants(of: maria.id, realm: .standard).groups == ["its", "others"])
            }
            let removed = try await store.transaction { (tx) throws(StoreFault) in
                [try tx.removeMember(maria.id, from: acme.id), try tx.removeMember(maria.id, from: acme.id)]
            }
            #expect(removed == [true, false])
            try await store.look { tx throws in
                #expect(try tx.grants(of: maria.id, realm: .standard).groups == ["others"])
                #expect(try tx.role(of: maria.id, in: acme.id) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `an invitation lives as long as its letter, and one per address`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let acme = Self.organisation("acme")
            let letters = [Self.letter(), Self.letter(), Self.letter([2]), Self.letter([3])]
            let invitations = letters.map { Self.invitation(acme, $0) }
            let life = Duration.seconds(60)
            try await store.transaction { (tx) throws(StoreFault) in
                guard try tx.insert(acme) else { throw .unexpected("taken") }
                for (letter, invitation) in zip(letters, invitations) {
                    try tx.insert(letter, life: life, codeLife: life)
                    try tx.insert(invitation)
                }
            }
            try await store.look { tx throws in
                #expect(try tx.invitations(of: acme.id, after: nil, limit: 9).map(\.id) == invitations[1...].map(\.id))
                #expect(try tx.accountToken(id: letters[0].id, realm: .standard) == nil)
                #expect(try tx.invitationCount(of: acme.id) == 3)
                let found = try tx.invitation(letter: letters[1].id, realm: .standard)
                #expect(found?.id == invitations[1].id && found?.role == .admin && found?.inviter == .machine)
                #expect(try tx.invitation(invitations[1].id, realm: .system) == nil)
            }
            let gone = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.consume(letters[1]) != nil, try tx.delete(invitation: invitations[2].id, realm: .standard),
                    try tx.delete(invitation: invitations[2].id, realm: .standard),
                    try tx.delete(invitation: invitations[3].id, realm: .system),
                ]
            }
            #expect(gone == [true, true, false, false])
            try await store.look { tx throws in #expect(try tx.invitationCount(of: acme.id) == 1) }
            _ = try await store.transaction { (tx) throws(StoreFault) in
                try tx.delete(organisation: acme.id, realm: .standard)
            }
            try await store.look { tx throws in
                #expect(try tx.accountToken(id: letters[3].id, realm: .standard) == nil)
                #expect(try tx.organisation(acme.id, realm: .standard) == nil)
            }
        }
    }
}
