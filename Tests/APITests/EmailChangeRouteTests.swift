import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Addresses, over the API") struct EmailChangeRouteTests {
    private static let auth = "/api/auth"
    private static let password = "correct horse battery"

    /// Asks for the address, and returns what its letter carries.
    private static func ask(_ api: Conversation, _ token: String, _ email: String) async throws -> String {
        _ = try await api.world.letters()
        let asked = try await api.send(
            "", .post, "\(auth)/change-email", #"{"email":"\#(email)","current_password":"\#(password)"}"#, token: token
        )
        #expect(asked.status == 202, "\(String(decoding: asked.body, as: UTF8.self))")
        let letter = try #require(try await api.world.letters().first { $0.to == email })
        return #"{"token":"\#(try #require(letter.token))"}"#
    }

    @Test(arguments: Backend.available)
    func `who confirms another address signed in goes on under another session`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let maria = try await api.world.signUp()
            guard case .signedIn(let phone) = try await api.world.signIn() else { return }
            let proof = try await Self.ask(api, maria.accessToken, "new@example.com")
            let path = "\(Self.auth)/change-email/confirm"
            let done = try await api.send("", .post, path, proof, token: maria.accessToken)
            #expect(done.status == 200 && done.headers["Set-Cookie"] == nil)
            let token = try api.member("token", of: done)
            let me = try await api.send("", .get, "\(Self.auth)/me", token: token)
            let json = try JSON.parse(me.body)
            #expect(json["email"]?.string == "new@example.com" && json["email_verified"]?.bool == true)
            #expect(try await api.send("", .get, "\(Self.auth)/me", token: maria.accessToken).status == 401)
            #expect(try await api.send("", .get, "\(Self.auth)/me", token: phone.accessToken).status == 401)
            let refresh = #"{"refresh_token":"\#(try api.member("refresh_token", of: done))"}"#
            #expect(try await api.send("", .post, "\(Self.auth)/refresh", refresh).status == 200)
            #expect(try await api.send("", .post, path, proof, token: token).status == 400)
        }
    }

    @Test(arguments: Backend.available)
    func `who shows nothing, or nothing that is good, signs in again`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let maria = try await api.world.signUp()
            let path = "\(Self.auth)/change-email/confirm"
            var token = maria.accessToken
            for (number, shown) in [nil, "nonsense", try await api.world.signUp("rui").accessToken].enumerated() {
                let proof = try await Self.ask(api, token, "new\(number)@example.com")
                let done = try await api.send("", .post, path, proof, token: shown)
                #expect(done.status == 200)
                let json = try JSON.parse(done.body)
                #expect(json["token"] == nil && json["refresh_token"] == nil && json["expires_at"] == nil)
                #expect(json["message"]?.string == "Address changed; sign in again")
                #expect(try await api.send("", .get, "\(Self.auth)/me", token: token).status == 401)
                // Somebody else's session is not touched.
                if number == 2, let shown {
                    #expect(try await api.send("", .get, "\(Self.auth)/me", token: shown).status == 200)
                }
                guard case .signedIn(let again) = try await api.world.signIn() else { return }
                token = again.accessToken
            }
        }
    }

    @Test func `cookies are renewed where this site's own page sent them, and nowhere else`() async throws {
        try await withAPI(.sqlite) { api in
            _ = try await api.world.signUp()
            let path = "\(Self.auth)/change-email/confirm"
            for isOwn in [true, false] {
                let login = try await api.send(
                    "", .post, "\(Self.auth)/login",
                    #"{"username_or_email":"maria","password":"\#(Self.password)","transport":"cookie"}"#,
                    fields: [("Sec-Fetch-Site", "same-origin")])
                let jar = try api.cookies(of: login)
                guard case .signedIn(let tokens) = try await api.world.signIn() else { return }
                let proof = try await Self.ask(api, tokens.accessToken, isOwn ? "one@example.com" : "two@example.com")
                let done = try await api.send(
                    "", .post, path, proof,
                    fields: [jar.both, ("Sec-Fetch-Site", isOwn ? "same-origin" : "cross-site")])
                #expect(done.status == 200)
                #expect(done.headers.values(of: "Set-Cookie").isEmpty != isOwn)
                #expect(try JSON.parse(done.body)["token"] == nil)
                #expect(try await api.send("", .get, "\(Self.auth)/me", fields: [jar.both]).status == 401)
                guard isOwn else { continue }
                let renewed = try api.cookies(of: done)
                #expect(try await api.send("", .get, "\(Self.auth)/me", fields: [renewed.both]).status == 200)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `whether an address is proven is told from the moment that it is`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await api.world.signUp().accessToken
            func isVerified() async throws -> Bool? {
                try JSON.parse(try await api.send("", .get, "\(Self.auth)/me", token: token).body)["email_verified"]?
                    .bool
            }
            #expect(try await isVerified() == false)
            _ = try await api.send("", .post, "\(Self.auth)/verify-email/request", "{}", token: token)
            let letter = try #require(try await api.world.letters().first)
            let proof = #"{"token":"\#(try #require(letter.token))"}"#
            #expect(try await api.send("", .post, "\(Self.auth)/verify-email", proof).status == 200)
            #expect(try await isVerified() == true)
        }
    }
}
