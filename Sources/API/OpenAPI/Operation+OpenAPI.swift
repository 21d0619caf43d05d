internal import Domain
internal import HTTP
internal import Standards

extension Operation {
    /// This as an OpenAPI operation object.
    func openAPI(_ shared: inout Components) -> JSON {
        var members: [JSON.Member] = [
            .init("operationId", .string(identifier)), .init("tags", [.string(tag)]),
            .init("summary", .string(description.sentence)), .init("description", .string(about)),
            .init("security", security),
        ]
        let parameters = parameters(&shared)
        if !parameters.isEmpty { members.append(.init("parameters", .array(parameters))) }
        if case .json(let shape) = description.request {
            let content = content(shape, "application/json", .request, "Request", &shared)
            members.append(.init("requestBody", ["required": .bool(!description.isBodyOptional), "content": content]))
        }
        members.append(.init("responses", responses(&shared)))
        return .object(members)
    }

    /// What `ALDRAVA_MAX_BODY` is unless it is set; the document is the same for every installation.
    private static let usualBodyLimit = 65_536

    private var about: String {
        let caller =
            switch access {
            case .open: "Open to everybody."
            case .recognised: "Open to everybody; whoever is signed in is known."
            case .operators: "For whoever runs this server."
            case .proven: "For whoever proves who they are, a person or a program."
            case .signedIn: "For whoever is signed in."
            case .leaving: "For whoever is signed in, or has the refresh cookie."
            case .permission(let pair): "For whoever has the permission `\(pair)`."
            }
        guard case .json = description.request else { return caller }
        guard bodyLimit > Self.usualBodyLimit else { return "\(caller) The body has at most \(bodyLimit) bytes." }
        return """
            \(caller) The body has at most \(Self.usualBodyLimit) bytes where `ALDRAVA_MAX_BODY` does not say otherwise, \
            and \(bodyLimit) in any case.
            """
    }

    /// For a scheme that is not OAuth the list names the roles that are needed (OpenAPI 3.1.1 §4.8.30).
    private var security: JSON {
        switch access {
        case .open, .operators: []
        // The empty one says that none is needed (OpenAPI 3.1.1 §4.8.30).
        case .recognised: .array([.object([])] + (ways(["bearer", "cookie"], []).array ?? []))
        case .proven: ways(["bearer", "cookie", "apiKey"], [])
        case .signedIn, .leaving: ways(["bearer", "cookie"], [])
        case .permission(let pair): ways(["bearer", "cookie", "apiKey"], [.string(pair.description)])
        }
    }

    /// Any one of them is enough.
    private func ways(_ names: [String], _ demand: [JSON]) -> JSON {
        .array(names.map { .object([JSON.Member($0, .array(demand))]) })
    }

    // MARK: What is read

    private func parameters(_ shared: inout Components) -> [JSON] {
        var parameters = pathParameters.map { name in
            let described = description.path.first { $0.name.utf8.elementsEqual(name.utf8) }
            return parameter(described ?? .part(name), in: "path", &shared)
        }
        for member in description.query { parameters.append(parameter(member, in: "query", &shared)) }
        if case .query(let shape) = description.request {
            for member in shape.members ?? [] { parameters.append(parameter(member, in: "query", &shared)) }
        }
        var fields = description.requestFields
        if description.isRevalidated { fields.append(.ifNoneMatch) }
        for field in fields { parameters.append(parameter(field, in: "header", &shared)) }
        return parameters
    }

    private func parameter(_ member: SchemaDescription.Member, in place: String, _ shared: inout Components) -> JSON {
        .object(
            [
                .init("name", .string(member.name)), .init("in", .string(place)),
                .init("description", .string(member.sentence)),
            ] + (member.isRequired ? [.init("required", true)] : []) + [
                // A query has texts only: it cannot say null.
                .init("schema", member.shape.jsonSchema(.answer, &shared))
            ])
    }

    // MARK: What is answered

    private func responses(_ shared: inout Components) -> JSON {
        var byStatus: [(status: Int, json: JSON)] = [(description.status, success(&shared))]
        if description.mayAccept { byStatus.append((202, accepted(&shared))) }
        if description.isRevalidated { byStatus.append((304, notModified(shared))) }
        let errors = problems.map(ErrorCase.init) + ErrorCase.ofMessages
        var statuses: [Int] = []
        for error in errors where !statuses.contains(error.status) { statuses.append(error.status) }
        for status in statuses {
            byStatus.append((status, errors.filter { $0.status == status }.openAPI(&shared)))
        }
        byStatus.sort { $0.status < $1.status }
        return .object(byStatus.map { JSON.Member("\($0.status)", $0.json) })
    }

    private func success(_ shared: inout Components) -> JSON {
        let headers = headers([.requestID] + description.responseFields, shared)
        let content = content(description.response, description.media, .answer, "Answer", &shared)
        return ["description": .string(Status.phrase(description.status)), "headers": headers, "content": content]
    }

    private func accepted(_ shared: inout Components) -> JSON {
        let content = content(AcceptedReply.schema.description, "application/json", .answer, "Accepted", &shared)
        return [
            "description": .string(Status.phrase(202)), "headers": headers([.requestID], shared), "content": content,
        ]
    }

    private func notModified(_ shared: Components) -> JSON {
        // Nothing is compressed where nothing is sent.
        let fields = description.responseFields.filter { $0 != .contentEncoding }
        return [
            "description": "The client has the newest version already.",
            "headers": headers([.requestID] + fields, shared),
        ]
    }

    private func headers(_ fields: [SchemaDescription.Member], _ shared: Components) -> JSON {
        .object(fields.map { JSON.Member($0.name, shared.header($0)) })
    }

    /// An object that has no name of its own is named after the operation.
    ///
    /// What is no JSON is text to a schema; of a stream, the shape is that of one element.
    private func content(
        _ shape: SchemaDescription, _ media: String, _ direction: Direction, _ suffix: String,
        _ shared: inout Components
    ) -> JSON {
        var named = shape
        if case .object = shape { named = .named(identifier.capital + suffix, shape) }
        let schema = named.jsonSchema(direction, &shared)
        guard media == "application/json" else {
            let element = shape.members == nil ? [] : [JSON.Member("x-item-schema", schema)]
            return .object([JSON.Member(media, .object([.init("schema", ["type": "string"])] + element))])
        }
        guard shape != .anyObject else { return .object([JSON.Member(media, ["schema": schema])]) }
        return .object([JSON.Member(media, ["schema": schema, "example": shape.example])])
    }
}

extension SchemaDescription.Member {
    /// A part of the path that its endpoint says nothing about.
    fileprivate static func part(_ name: String) -> Self {
        Self(
            name: name, isRequired: true, shape: .text(characters: 1...Int.max, bytes: 0...Int.max, example: ""),
            sentence: "The part `{\(name)}` of the path.")
    }

    static let ifNoneMatch = SchemaDescription.Member(
        name: "If-None-Match", isRequired: false, shape: .text(example: "\"af63dc4c8601ec8c\""),
        sentence: "The `ETag` of the version that the client has: 304 if that is the newest.")
}
