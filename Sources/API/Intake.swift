internal import Flows
internal import HTTP
internal import Standards

/// Where an endpoint's input is read from.
public enum Intake<Input: Sendable>: Sendable {
    /// A body, if there is one, is not looked at.
    case unread(Input)
    case json(Schema<Input>)
    case query(Schema<Input>)
}

extension Intake<Void> {
    public static var nothing: Intake { .unread(()) }
}

extension Intake {
    enum Reading {
        case input(Input)
        case refused(Problem)
        /// It is JSON, and not what the schema asks for.
        case misshapen([FieldProblem], JSON)
    }

    func read(_ request: Request) -> Reading {
        switch self {
        case .unread(let value): return .input(value)
        case .query(let schema):
            guard let query = request.query else { return .refused(.malformedQuery) }
            do { return .input(try schema.decode(query: query)) } catch {
                return .refused(.validation(error.problems))
            }
        case .json(let schema):
            guard MediaType.isJSON(request.headers["Content-Type"]) else { return .refused(.unsupportedMediaType) }
            guard let body = try? JSON.parse(request.body) else { return .refused(.malformedJSON) }
            do { return .input(try schema.decode(body)) } catch { return .misshapen(error.problems, body) }
        }
    }
}
