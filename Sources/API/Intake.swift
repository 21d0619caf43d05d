internal import Flows
internal import HTTP
internal import Standards

/// Where an endpoint's input is read from.
public enum Intake<Input: Sendable>: Sendable {
    /// A body, if there is one, is not looked at.
    case unread(Input)
    case json(Schema<Input>)
    /// The same, and this value where there is no body at all.
    case optionalJSON(Schema<Input>, absent: Input)
    case query(Schema<Input>)
    /// What stands in the places of the path's template, by the template's names. What the schema refuses there names
    /// nothing: it is answered like a path that does not exist.
    case path(Schema<Input>)
    /// Such places, and something else besides; see ``path(_:and:_:)``.
    case joined(Joined)

    public struct Joined: Sendable {
        let description: IntakeDescription
        let read: @Sendable (Request, Parameters) -> Reading
    }

    /// `path` and what `rest` reads, put together.
    public static func path<Path, Rest>(
        _ path: Schema<Path>, and rest: Intake<Rest>, _ make: @escaping @Sendable (Path, Rest) -> Input
    ) -> Intake {
        var description = rest.description
        description.path = path.description.members ?? []
        return .joined(
            Joined(description: description) { request, parameters in
                guard let place = try? path.decode(path: parameters) else { return .refused(.notFound) }
                return switch rest.read(request, parameters) {
                case .input(let value): .input(make(place, value))
                case .refused(let problem): .refused(problem)
                case .misshapen(let problems, let body): .misshapen(problems, body)
                }
            })
    }
}

extension Intake {
    /// What the query says, and what `rest` reads, put together.
    public static func query<Query, Rest>(
        _ query: Schema<Query>, and rest: Intake<Rest>, _ make: @escaping @Sendable (Query, Rest) -> Input
    ) -> Intake {
        var description = rest.description
        description.query = query.description.members ?? []
        description.problems += [.malformedQuery, .validation([])]
        return .joined(
            Joined(description: description) { request, parameters in
                guard let fields = request.query else { return .refused(.malformedQuery) }
                let said: Query
                do throws(Schema<Query>.Invalid) { said = try query.decode(query: fields) } catch {
                    return .refused(.validation(error.problems))
                }
                return switch rest.read(request, parameters) {
                case .input(let value): .input(make(said, value))
                case .refused(let problem): .refused(problem)
                case .misshapen(let problems, let body): .misshapen(problems, body)
                }
            })
    }
}

extension Intake<Void> {
    public static var nothing: Intake { .unread(()) }
}

/// What an ``Intake`` reads, and what it refuses by itself, as a plain value.
struct IntakeDescription: Sendable {
    var path: [SchemaDescription.Member] = []
    var query: [SchemaDescription.Member] = []
    var request = RouteDescription.Request.nothing
    var isBodyOptional = false
    var problems: [Problem] = []
}

extension Intake {
    enum Reading: Sendable {
        case input(Input)
        case refused(Problem)
        /// It is JSON, and not what the schema asks for.
        case misshapen([FieldProblem], JSON)
    }

    func read(_ request: Request, _ parameters: Parameters) -> Reading {
        switch self {
        case .unread(let value): return .input(value)
        case .query(let schema):
            guard let query = request.query else { return .refused(.malformedQuery) }
            do { return .input(try schema.decode(query: query)) } catch {
                return .refused(.validation(error.problems))
            }
        case .json(let schema): return Self.read(schema, request)
        case .optionalJSON(let schema, let absent):
            return request.body.isEmpty ? .input(absent) : Self.read(schema, request)
        case .path(let schema):
            do { return .input(try schema.decode(path: parameters)) } catch { return .refused(.notFound) }
        case .joined(let joined): return joined.read(request, parameters)
        }
    }

    private static func read(_ schema: Schema<Input>, _ request: Request) -> Reading {
        guard MediaType.isJSON(request.headers["Content-Type"]) else { return .refused(.unsupportedMediaType) }
        guard let body = try? JSON.parse(request.body) else { return .refused(.malformedJSON) }
        do { return .input(try schema.decode(body)) } catch { return .misshapen(error.problems, body) }
    }

    var description: IntakeDescription {
        switch self {
        case .unread: return IntakeDescription()
        case .json(let schema): return Self.description(of: schema, isOptional: false)
        case .optionalJSON(let schema, _): return Self.description(of: schema, isOptional: true)
        case .query(let schema):
            return IntakeDescription(request: .query(schema.description), problems: [.malformedQuery, .validation([])])
        case .path(let schema): return IntakeDescription(path: schema.description.members ?? [])
        case .joined(let joined): return joined.description
        }
    }

    private static func description(of body: Schema<Input>, isOptional: Bool) -> IntakeDescription {
        IntakeDescription(
            request: .json(body.description), isBodyOptional: isOptional,
            problems: [.malformedJSON, .unsupportedMediaType, .contentTooLarge, .validation([])])
    }
}
