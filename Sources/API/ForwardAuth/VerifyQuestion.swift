internal import Domain
internal import Flows
internal import HTTP

/// What a proxy asks: about which request, and what it demands.
struct VerifyQuestion {
    let demand: Verify.Demand
    let redirect: Redirect
    /// `nil` where no trusted proxy told of any.
    let original: OriginalRequest?

    /// What a browser that is not signed in is told.
    enum Redirect: String, CaseIterable, Sendable {
        case never = "0"
        /// 302 to the sign-in page, for proxies that pass an answer on.
        case answer = "1"
        /// 401 that names the sign-in page in `Location`, for proxies that look at the status only.
        case header
    }

    enum Reading {
        case question(VerifyQuestion)
        case refused(Problem, reason: String)
    }

    /// More demands than anybody has are a mistake.
    static let mostDemands = 32

    /// Anything that is not understood is refused: a demand with a slip of the pen would let everybody through.
    static func read(_ request: Request, _ queries: VerifyQueries) -> Reading {
        let original: OriginalRequest?
        switch OriginalRequest.told(by: request) {
        case .nothing: original = nil
        case .request(let told): original = told
        case .malformed(let fault):
            return .refused(.malformedOriginal(fault.sentence), reason: "malformed_original_request")
        }
        guard let raw = request.rawQuery else {
            return .question(VerifyQuestion(demand: Verify.Demand(), redirect: .never, original: original))
        }
        if let known = queries[raw] {
            return .question(VerifyQuestion(demand: known.demand, redirect: known.redirect, original: original))
        }
        guard let query = request.query else { return .refused(.malformedQuery, reason: "malformed_query") }
        switch read(query) {
        case .success(let (demand, redirect)):
            queries.keep(raw, VerifyQueries.Known(demand: demand, redirect: redirect))
            return .question(VerifyQuestion(demand: demand, redirect: redirect, original: original))
        case .failure(let problems):
            return .refused(.validation(problems.list), reason: "validation_error")
        }
    }

    private struct Wrong: Error { var list: [FieldProblem] }

    private static func read(_ query: FormFields) -> Result<(Verify.Demand, Redirect), Wrong> {
        var demand = Verify.Demand()
        var redirect: Redirect?
        var wrong: [FieldProblem] = []
        func refuse(_ field: String, _ code: String, _ message: String) {
            wrong.append(FieldProblem(field: field, code: code, message: message))
        }
        for pair in query.pairs {
            if pair.name.utf8.elementsEqual("role".utf8) {
                if AccessName.isValid(pair.value) {
                    demand.roles.append(pair.value)
                } else {
                    refuse("role", "malformed", "must be the name of a role")
                }
            } else if pair.name.utf8.elementsEqual("permission".utf8) {
                if let permission = Permission.Pair(pair.value) {
                    demand.permissions.append(permission)
                } else {
                    refuse("permission", "malformed", "must be resource:action")
                }
            } else if pair.name.utf8.elementsEqual("redirect".utf8) {
                if redirect != nil { refuse("redirect", "repeated", "must be given once") }
                redirect = Redirect(rawValue: pair.value)
                if redirect == nil { refuse("redirect", "malformed", "must be 0, 1 or header") }
            } else {
                refuse(pair.name.utf8.count <= 64 ? pair.name : "query", "unknown", "is not known")
            }
        }
        for (field, count) in [("role", demand.roles.count), ("permission", demand.permissions.count)]
        where count > mostDemands {
            refuse(field, "too_many", "at most \(mostDemands) can be demanded")
        }
        return wrong.isEmpty ? .success((demand, redirect ?? .never)) : .failure(Wrong(list: wrong))
    }
}

extension Problem {
    static func malformedOriginal(_ sentence: String) -> Problem {
        Problem(
            status: 403, code: "malformed_original_request",
            message: "What the proxy says of the original request cannot be believed: \(sentence)")
    }

    /// `location` is where to sign in.
    static func signInRequired(at location: String) -> Problem {
        Problem(status: 302, code: "sign_in_required", message: "Sign in first", location: location)
    }
}
