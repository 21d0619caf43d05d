internal import Domain
internal import Flows
internal import HTTP

/// One request for a page, read: its language, its way, and how to answer it.
struct Visit: Sendable {
    let page: PageRequest
    let journey: Journey
    let language: Language
    let base: RealmPath
    /// What was posted; empty for a GET.
    let form: FormFields

    /// Of a GET, whose way stands in its query.
    init(reading page: PageRequest) {
        self.init(page, page.request.query ?? FormFields(), form: FormFields())
    }

    /// Of a POST, whose way stands in its form.
    init(posted form: FormFields, _ page: PageRequest) { self.init(page, form, form: form) }

    private init(_ page: PageRequest, _ fields: FormFields, form: FormFields) {
        self.page = page
        self.form = form
        journey = Journey(fields)
        language = journey.language ?? Language(preferredBy: page.request.headers)
        base = RealmPath(page.realm)
    }

    var realm: Realm { page.realm }
    var hidden: HiddenFields { HiddenFields(fields: journey.fields) }

    func words(_ phrase: Phrase) -> String { phrase.words(in: language) }
    func words(_ phrase: AccountPhrase) -> String { phrase.words(in: language) }
    func words(_ phrase: ProfilePhrase) -> String { phrase.words(in: language) }

    /// - Parameters:
    ///   - path: of the same page, for whoever wants it in another language.
    ///   - fields: that it cannot be shown without.
    func layout(_ path: StaticString, with fields: [Query.Field] = []) -> Layout {
        Layout(
            language: language, style: Link(styleOf: base), base: base, host: realm.hostText,
            others: Language.allCases.filter { $0 != language }.map { other in
                (other, Link(base, path, query: fields + journey.speaking(other).fields))
            })
    }

    /// A page of the same realm, with the language that was chosen.
    func link(_ path: StaticString, _ fields: [Query.Field] = []) -> Link {
        Link(base, path, query: fields + journey.languageField)
    }

    // MARK: Answers

    /// - Parameters:
    ///   - code: what is refused, in the API's word for it; for logs.
    ///   - destination: another origin that the page's form may lead to.
    ///   - runsScript: whether the page has one.
    ///   - hidesAddress: where the page's own address holds what nobody else is to have.
    func answer(
        _ status: Int, _ markup: HTML, code: StaticString? = nil, destination: HTTP.Origin? = nil,
        cookies: [SetCookie] = [], runsScript: Bool = false, hidesAddress: Bool = false
    ) -> Response {
        var headers = PageHeaders.all(formTarget: destination, runsScript: runsScript, hidesAddress: hidesAddress)
        headers.add("Content-Type", "text/html; charset=utf-8")
        headers.add("Content-Language", language.rawValue)
        if status == 401 { headers.add("WWW-Authenticate", "Cookie realm=\"\(realm.name.text)\"") }
        for cookie in cookies { cookie.add(to: &headers) }
        var response = Response(status: status, headers: headers, body: markup.bytes)
        response.code = code?.description
        return response
    }

    /// Something to be kept on the person's own disk, never shown as a page.
    func file(_ name: StaticString, _ media: StaticString, _ caller: Door.Caller, _ stream: BodyStream) -> Response {
        var headers = PageHeaders.bare
        headers.add("Content-Type", media.description)
        headers.add("Content-Disposition", "attachment; filename=\"\(name.description)\"")
        for cookie in caller.cookies { cookie.add(to: &headers) }
        var response = Response(status: 200, headers: headers, stream: stream)
        response.caller = caller.principal
        return response
    }

    /// Off to another place, by GET whatever came here (RFC 9110 §15.4.4).
    func redirect(to link: Link, cookies: [SetCookie] = []) -> Response {
        var headers = PageHeaders.bare
        headers.add("Location", link.text)
        for cookie in cookies { cookie.add(to: &headers) }
        return Response(status: 303, headers: headers)
    }

    /// A page that says one thing.
    func message(
        _ status: Int, _ code: StaticString, _ title: Phrase, _ sentence: Phrase, next: (Phrase, Link)?,
        on path: StaticString = "/login"
    ) -> Response {
        message(
            status, code, title: words(title), words(sentence), next: next.map { (words($0.0), $0.1) }, on: path)
    }

    func message(
        _ status: Int, _ code: StaticString?, title: String, _ sentence: String, next: (String, Link)?,
        on path: StaticString
    ) -> Response {
        let view = MessageView(layout: layout(path), title: title, sentence: sentence, next: next)
        return answer(status, view.markup, code: code, hidesAddress: true)
    }
}

/// The fields that keep a page to itself.
enum PageHeaders {
    /// Nothing runs, nothing is loaded but the style, nobody frames it, and its forms lead only here and to where the
    /// person is on the way to: browsers that follow a form's redirects hold them to this too. A page with a script may
    /// run this server's own files, and ask this server.
    static func policy(formTarget: HTTP.Origin?, runsScript: Bool = false) -> String {
        "default-src 'none'; \(runsScript ? "script-src 'self'; connect-src 'self'; " : "")style-src 'self'; form-action 'self'\(formTarget.map { " \($0)" } ?? ""); "
            + "frame-ancestors 'none'; base-uri 'none'"
    }

    /// `same-origin` tells other origins as little as `no-referrer` does. Under that one browsers send `Origin: null`
    /// with the page's own forms, which proves nothing.
    ///
    /// Where the address itself is worth something, because a letter's token stands in it, not even this server (and no
    /// proxy's log before it) is told: `strict-origin` leaves the origin alone, which the forms need.
    static func all(formTarget: HTTP.Origin?, runsScript: Bool = false, hidesAddress: Bool) -> Headers {
        var headers = common
        headers.add("Content-Security-Policy", policy(formTarget: formTarget, runsScript: runsScript))
        headers.add("Referrer-Policy", hidesAddress ? "strict-origin" : "same-origin")
        headers.add("Cross-Origin-Opener-Policy", "same-origin")
        headers.add("Cross-Origin-Resource-Policy", "same-origin")
        headers.add("X-Frame-Options", "DENY")
        return headers
    }

    /// Of what is no page.
    static let bare: Headers = {
        var headers = common
        headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        headers.add("Referrer-Policy", "no-referrer")
        return headers
    }()

    private static let common: Headers = {
        var headers = Headers()
        headers.add("Cache-Control", "no-store")
        headers.add("X-Content-Type-Options", "nosniff")
        return headers
    }()
}
