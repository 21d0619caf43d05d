internal import Domain
internal import Flows
internal import HTTP

/// What the pages carry along from one to the next: the language somebody chose, and where they want to go.
///
/// All of it is a stranger's word. It is bounded and checked for form here, and judged by ``destination(in:)`` each time
/// it is used.
struct Journey: Sendable {
    let language: Language?
    let returnTo: String?
    let application: String?
    let state: String?

    static let none = Journey(FormFields())

    init(_ fields: FormFields) {
        language = fields["lang"].flatMap { Language(chosen: $0) }
        returnTo = fields["return_to"].flatMap { $0.utf8.count <= LocalPath.longest ? $0 : nil }
        application = fields["application"].flatMap { AccessName.isValid($0) ? $0 : nil }
        state = fields["state"].flatMap { $0.utf8.count == 43 && $0.utf8.allSatisfy(Self.isBase64URL) ? $0 : nil }
    }

    private init(_ journey: Journey, in language: Language) {
        self.language = language
        returnTo = journey.returnTo
        application = journey.application
        state = journey.state
    }

    private init(language: Language?, returnTo: String) {
        self.language = language
        self.returnTo = returnTo
        application = nil
        state = nil
    }

    /// The same way in another language.
    func speaking(_ language: Language) -> Journey { Journey(self, in: language) }

    /// The same language, to another place.
    func leading(to path: String) -> Journey { Journey(language: language, returnTo: path) }

    /// As it stands in links and forms.
    var fields: [Query.Field] {
        [
            returnTo.map { Query.Field("return_to", $0) }, application.map { Query.Field("application", $0) },
            state.map { Query.Field("state", $0) },
        ].compactMap(\.self) + languageField
    }

    var languageField: [Query.Field] { language.map { [Query.Field("lang", $0.rawValue)] } ?? [] }

    enum Destination: Hashable, Sendable {
        case account
        case target(ReturnTarget)
        /// An application's host whose browser has said what the code is to be tied to.
        case handover(Application, state: String, LocalPath)
    }

    func destination(in realm: Realm) -> Destination {
        if let application {
            guard let known = realm.rules.applications.first(where: { $0.name.utf8.elementsEqual(application.utf8) })
            else { return .account }
            let path = returnTo.flatMap { LocalPath($0) } ?? .root
            return state.map { .handover(known, state: $0, path) } ?? .target(.application(known, path))
        }
        return returnTo.flatMap { ReturnTarget($0, in: realm) }.map { .target($0) } ?? .account
    }

    static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}

extension Journey.Destination {
    /// The other origin that it lies on, if it does: the page's policy must let its form lead there.
    var origin: HTTP.Origin? {
        switch self {
        case .account, .target(.here): nil
        case .target(.elsewhere(let origin, _)): origin
        case .target(.application(let application, _)), .handover(let application, _, _): application.origin
        }
    }

    /// What a person reads of it.
    var words: String? {
        switch self {
        case .account, .target(.here): nil
        case .target(.elsewhere(let origin, _)): origin.hostText
        case .target(.application(let application, _)), .handover(let application, _, _):
            application.origin.hostText
        }
    }
}
