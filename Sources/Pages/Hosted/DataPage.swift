internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/account/data`: what a person may do with what is held about them.
struct DataPage: Sendable {
    let door: Door

    func show(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages else { return visit.notFound }
        guard let caller = try await door.caller(page) else { return visit.toLogin(leadingTo: "/account/data") }
        let view = ChoicesView(
            layout: visit.layout("/account/data"), title: visit.words(.yourData),
            choices: [
                ChoicesView.Choice(
                    title: visit.words(.downloadData), sentence: visit.words(.downloadLead),
                    button: visit.words(.download), link: visit.link("/account/data/download"), style: "plain"),
                ChoicesView.Choice(
                    title: visit.words(.deactivate), sentence: visit.words(.deactivateLead),
                    button: visit.words(.deactivateAccount), link: visit.link("/account/deactivate"), style: "plain"),
                ChoicesView.Choice(
                    title: visit.words(.delete), sentence: visit.words(.deleteLead),
                    button: visit.words(.deleteAccount), link: visit.link("/account/delete"), style: "danger"),
            ],
            back: (visit.words(.backToAccount), visit.link("/account")))
        var response = visit.answer(200, view.markup, cookies: caller.cookies)
        response.caller = caller.principal
        return response
    }
}
