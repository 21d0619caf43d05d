internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/account/profile`: what a realm knows of a person besides the account, and what they change of it themselves.
struct ProfilePage: Sendable {
    let read: ReadProfile
    let change: ChangeProfile
    let door: Door

    private static let path: StaticString = "/account/profile"

    func show(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages, !page.realm.rules.profile.shownToOwner.isEmpty else { return visit.notFound }
        guard let caller = try await door.caller(page), let profile = try await profile(of: caller, visit) else {
            return visit.toLogin(leadingTo: Self.path)
        }
        return view(visit, caller, profile, 200)
    }

    func submit(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: Self.path) {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard !page.realm.rules.profile.shownToOwner.isEmpty else { return visit.notFound }
        guard let caller = try await door.caller(page), let profile = try await profile(of: caller, visit) else {
            return visit.toLogin(leadingTo: Self.path)
        }
        let (typed, emptied) = Self.edits(visit, profile)
        let outcome = try await change(
            visit.realm.rules.profile.json(typed: typed, removing: emptied), of: caller.principal.user.id.text,
            in: page.realm,
            ifVersion: visit.form["version"].flatMap { Int64($0) } ?? profile.version, by: editor(caller, visit))
        switch outcome {
        case .done: return visit.toAccount(.profileSaved, caller)
        case .refused(.noSuchUser): return visit.toLogin(leadingTo: Self.path)
        case .refused(.invalid(let problems)):
            return view(visit, caller, profile, 422, "validation_error", problems: visit.words(for: problems))
        case .refused(.taken(let problems)):
            return view(visit, caller, profile, 409, "attribute_taken", problems: visit.words(for: problems))
        case .refused(.aboveOwnRank(let problems)):
            return view(visit, caller, profile, 403, "above_own_rank", problems: visit.words(for: problems))
        case .refused(.lastAdministrator):
            return view(
                visit, caller, profile, 409, "last_administrator", notice: .bad(visit.words(.lastAdministrator)))
        case .refused(.throttled(let delay)):
            return view(
                visit, caller, profile, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries))
            ).retry(after: delay)
        case .refused(.changedMeanwhile):
            return view(
                visit, caller, profile, 412, "changed_meanwhile", notice: .bad(visit.words(.changedMeanwhile)),
                keepsTyped: false)
        }
    }

    private func editor(_ caller: Door.Caller, _ visit: Visit) -> ProfileEditor {
        .owner(Actor(caller.principal, provenBy: .session, from: visit.page.source))
    }

    private func profile(of caller: Door.Caller, _ visit: Visit) async throws(StoreFault) -> Profile? {
        try await read(of: caller.principal.user.id.text, in: visit.realm, by: editor(caller, visit))
    }

    /// Only what somebody typed something else for: a value that fits the rules no more stays until it is replaced.
    ///
    /// - Returns: each as `name=value`, and the names of those that were emptied.
    private static func edits(_ visit: Visit, _ profile: Profile) -> (typed: [String], emptied: [String]) {
        var (filled, emptied): ([String], [String]) = ([], [])
        for attribute in visit.realm.rules.profile.shownToOwner where attribute.writers.contains(.owner) {
            guard let typed = visit.typed(attribute), !typed.utf8.elementsEqual(profile.text(attribute).utf8) else {
                continue
            }
            if typed.isEmpty { emptied.append(attribute.name) } else { filled.append("\(attribute.name)=\(typed)") }
        }
        return (filled, emptied)
    }

    private func view(
        _ visit: Visit, _ caller: Door.Caller, _ profile: Profile, _ status: Int, _ code: StaticString? = nil,
        notice: Notice? = nil, problems words: [String: String] = [:], keepsTyped: Bool = true
    ) -> Response {
        var facts: [(label: String, value: String)] = []
        var fields: [TextField] = []
        for attribute in visit.realm.rules.profile.shownToOwner {
            guard attribute.writers.contains(.owner) else {
                let entry = profile.entries.first { $0.attribute.name == attribute.name }
                facts.append((Visit.label(attribute), entry.map(visit.shown) ?? "–"))
                continue
            }
            let present = profile.text(attribute)
            let unfit = profile.misfits.contains { $0.field == attribute.name } ? visit.words(.unfit) : nil
            fields.append(
                visit.field(
                    for: attribute, value: keepsTyped ? visit.typed(attribute) ?? present : present,
                    problem: words[InputName(attribute).description] ?? (status == 200 ? unfit : nil)))
        }
        let lead = [visit.words(.lead)] + (profile.missing.isEmpty ? [] : [visit.words(.incomplete)])
        let hidden = [Query.Field("version", String(profile.version))] + visit.journey.languageField
        let view = FormView(
            layout: visit.layout(Self.path), title: visit.words(.profile), lead: lead, notice: notice, facts: facts,
            fields: fields, hidden: HiddenFields(fields: hidden), action: Link(visit.base, Self.path),
            button: fields.isEmpty ? nil : visit.words(.save),
            beside: [FormView.Way(label: visit.words(.backToAccount), link: visit.link("/account"))])
        var response = visit.answer(status, view.markup, code: code, cookies: caller.cookies)
        response.caller = caller.principal
        return response
    }
}

extension Profile {
    /// As it stands in a form; empty where there is none, or none that the reader may see.
    fileprivate func text(_ attribute: ProfileAttribute) -> String {
        entries.first { $0.attribute.name == attribute.name }?.shown ?? ""
    }
}
