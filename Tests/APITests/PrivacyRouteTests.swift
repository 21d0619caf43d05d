import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Terms, one's own data, and erasing") struct PrivacyRouteTests {
    private static let auth = "/api/auth"

    private func text(_ response: Response) async -> String {
        var bytes = response.body
        while let piece = await response.stream?.next() { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: Backend.available)
    func `terms are public, and decisions are their person's`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await api.world.signUp().accessToken
            let terms = try await api.send("", .get, "\(Self.auth)/terms")
            #expect(try terms.status == 200 && JSON.parse(terms.body)["terms"]?.array == [])
            let stranger = try await api.send("", .get, "\(Self.auth)/consents")
            #expect(stranger.status == 401)
            let own = try await api.send("", .get, "\(Self.auth)/consents", token: token)
            #expect(try own.status == 200 && JSON.parse(own.body)["consents_needed"]?.array == [])
            let wrong = try await api.send(
                "", .post, "\(Self.auth)/consents", #"{"give":["terms@1"],"withdraw":["x"]}"#, token: token)
            #expect(wrong.status == 400)
            #expect(wrong.body.holds("give[0]".utf8) && wrong.body.holds("withdraw[0]".utf8))
        }
    }

    @Test(arguments: Backend.available)
    func `one's own data comes as one document, the password where the sign-in is old`(_ backend: Backend) async throws
    {
        try await withAPI(backend) { api in
            let token = try await api.world.signUp().accessToken
            let answer = try await api.send("", .get, "\(Self.auth)/my-data", token: token)
            #expect(answer.status == 200)
            let json = try JSON.parse(Array(await text(answer).utf8))
            #expect(json["complete"] == true && json["account"]?["username"]?.string == "maria")
            let wrong = try await api.send(
                "", .post, "\(Self.auth)/my-data", #"{"password":"no"}"#, token: token)
            #expect(wrong.status == 403 && wrong.body.holds("wrong_password".utf8))
            let right = try await api.send(
                "", .post, "\(Self.auth)/my-data", #"{"password":"correct horse battery"}"#, token: token)
            #expect(right.status == 200)
            let stranger = try await api.send("", .get, "\(Self.auth)/my-data")
            #expect(stranger.status == 401)
        }
    }

    @Test(arguments: Backend.available)
    func `only administrators export and erase others, and only whom they name twice`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let maria = try await api.world.signUp()
            let rui = try await api.world.signUp("rui")
            let admin = "/api/admin/users/\(maria.user.id)"
            let body = #"{"confirm":"\#(maria.user.id)"}"#
            for (path, sent) in [("\(admin)/erase", body), ("\(admin)/data-export", "")] {
                let refused = try await api.send("", .post, path, sent, token: rui.accessToken)
                #expect(refused.status == 403)
            }
            try await api.world.grant(role: Role.adminName, to: "rui")
            let export = try await api.send("", .post, "\(admin)/data-export", token: rui.accessToken)
            #expect(export.status == 200)
            let exported = await text(export)
            #expect(exported.utf8.elementsEqual("".utf8) == false)
            let slip = try await api.send(
                "", .post, "\(admin)/erase", #"{"confirm":"\#(rui.user.id)"}"#, token: rui.accessToken)
            #expect(slip.status == 404)
            let unsure = try await api.send("", .post, "\(admin)/erase", "{}", token: rui.accessToken)
            #expect(unsure.status == 400)
            let erased = try await api.send("", .post, "\(admin)/erase", body, token: rui.accessToken)
            #expect(erased.status == 200)
            let again = try await api.send("", .post, "\(admin)/erase", body, token: rui.accessToken)
            #expect(again.status == 404)
            let gone = try await api.send("", .get, "\(Self.auth)/me", token: maria.accessToken)
            #expect(gone.status == 401)
        }
    }
}
