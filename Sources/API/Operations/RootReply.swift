/// `GET /`: what this server is, and where to go from here.
struct RootReply: Sendable {
    let name: String
    let version: String
    let links: Links

    struct Links: Sendable {
        let register: String
        let login: String
        let jwks: String
        let health: String
        let documentation: String
        let description: String

        static let schema: Schema<Links> = .object(
            Links.init(register:login:jwks:health:documentation:description:),
            Field("register", .text(example: "/api/auth/register"), \.register, "Makes an account."),
            Field("login", .text(example: "/api/auth/login"), \.login, "Signs in."),
            Field("jwks", .text(example: "/.well-known/jwks.json"), \.jwks, "The keys that check access tokens."),
            Field("health", .text(example: "/health"), \.health, "Whether the process answers."),
            Field("docs", .text(example: "/docs"), \.documentation, "The documentation, as a page."),
            Field("openapi", .text(example: "/openapi.json"), \.description, "The same for programs."))
    }

    static let sentence = "What this server is, and where to go from here."
    static let schema: Schema<RootReply> = .object(
        RootReply.init(name:version:links:),
        Field("name", .text(example: "Aldrava"), \.name, "Always `Aldrava`."),
        Field("version", .text(example: "1.0.0"), \.version, "Of the running binary."),
        Field("links", Links.schema, \.links, "Paths to begin with."))

    init(name: String, version: String, links: Links) {
        self.name = name
        self.version = version
        self.links = links
    }

    init(version: String) {
        self.init(
            name: "Aldrava", version: version,
            links: Links(
                register: "/api/auth/register", login: "/api/auth/login", jwks: "/.well-known/jwks.json",
                health: "/health", documentation: "/docs", description: OpenAPI.path))
    }
}
