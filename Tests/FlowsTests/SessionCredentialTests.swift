import Crypto
import Domain
import Standards
import TestSupport
import Testing

@testable import Flows

@Suite("Access cookies, refresh tokens and handover codes as bytes") struct SessionCredentialTests {
    private static let session = ID<Session>("01936f4e-7a10-7abc-8def-0123456789ab")!
    private static let start = Timestamp(milliseconds: 1_764_053_109_250)

    @Test(arguments: Vector.all("session-credentials"))
    func `cookie and refresh token are what their description says`(_ vector: Vector) throws {
        let session = try #require(ID<Session>(vector.text("session")))
        let counter = try #require(Counter(Int64(vector.integer("counter"))))
        let expiry = Timestamp(milliseconds: Int64(vector.integer("expiry")))
        let realm = try #require(RealmName(vector.text("realm")))
        let client = vector.text("client")
        let keys = keys((Int64(vector.integer("epoch")), vector.bytes("root"), nil))
        let cookies = AccessCookies(keys, now: { Timestamp(milliseconds: 0) })
        let cookie = cookies.cookie(
            session: session, counter: counter, expiresAt: expiry, realm: realm, client: client)
        #expect(cookie == vector.expected("cookie"))
        #expect(cookie.utf8.count == AccessCookies.textCount)
        let opened = try #require(cookies.open(cookie.bytes, realm: realm, client: client))
        #expect(opened.session == session && opened.counter == counter && opened.expiresAt == expiry)
        #expect(opened.client == client)
        let tokens = RefreshTokens(keys, now: { Timestamp(milliseconds: 0) })
        let token = tokens.token(session: session, counter: counter, realm: realm, client: client)
        #expect(token == vector.expected("refresh"))
        #expect(tokens.open(token, realm: realm, client: client)?.counter == counter)
    }

    @Test func `a cookie is refused by another realm, another client and other keys`() {
        let cookies = AccessCookies(keys(), now: { Self.start })
        let cookie = cookie(cookies).bytes
        #expect(cookies.open(cookie, realm: .standard, client: "native") != nil)
        #expect(cookies.open(cookie, realm: .system, client: "native") == nil)
        #expect(cookies.open(cookie, realm: .standard, client: "app/wiki") == nil)
        #expect(cookies.open(cookie, realm: .standard, client: "") == nil)
        let other = AccessCookies(keys((1, [UInt8](repeating: 9, count: 32), nil)), now: { Self.start })
        #expect(other.open(cookie, realm: .standard, client: "native") == nil)
    }

    @Test func `no bit of a cookie can be changed, and it has one spelling`() throws {
        let cookies = AccessCookies(keys(), now: { Self.start })
        let text = cookie(cookies)
        let bytes = try #require(Base64URL.decode(text))
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                #expect(cookies.open(Base64URL.encode(changed).bytes, realm: .standard, client: "native") == nil)
            }
        }
        // The last character has four bits that say nothing; a decoder that ignores them takes 16 spellings.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var accepted = 0
        for last in alphabet {
            let spelled = Array(text.utf8.dropLast()) + [last]
            if cookies.open(spelled[...], realm: .standard, client: "native") != nil { accepted += 1 }
        }
        #expect(accepted == 1)
        let padded = Array("\(text)==".utf8)
        for wrong in [padded, Array(text.utf8.dropLast()), Array(text.utf8) + [65], [], Array(" \(text)".utf8)] {
            #expect(cookies.open(wrong[...], realm: .standard, client: "native") == nil)
        }
    }

    @Test func `neither credential is taken for the other, whatever is added or left out`() throws {
        let keys = keys()
        let cookies = AccessCookies(keys, now: { Self.start })
        let tokens = RefreshTokens(keys, now: { Self.start })
        let cookie = cookie(cookies)
        let token = tokens.token(session: Self.session, counter: .first, realm: .standard, client: "native")
        #expect(cookies.open(token.bytes, realm: .standard, client: "native") == nil)
        #expect(tokens.open(cookie, realm: .standard, client: "native") == nil)
        let ofCookie = try #require(Base64URL.decode(cookie))
        let ofToken = try #require(Base64URL.decode(token))
        let head = Array(ofCookie.prefix(27))
        #expect(head == Array(ofToken.prefix(27)))
        #expect(tokens.open(Base64URL.encode(head + ofCookie[35..<51]), realm: .standard, client: "native") == nil)
        let expiry = ofCookie[27..<35]
        let stretched = head + expiry + ofToken.suffix(16) + ofToken.suffix(16)
        #expect(cookies.open(Base64URL.encode(stretched).bytes, realm: .standard, client: "native") == nil)
    }

    @Test func `the millisecond of a cookie's expiry is too late`() {
        let clock = ManualClock(Self.start)
        let cookies = AccessCookies(keys(), now: { clock.now })
        let cookie = cookie(cookies, lifetime: .seconds(900)).bytes
        clock.advance(by: .milliseconds(899_999))
        #expect(cookies.open(cookie, realm: .standard, client: "native") != nil)
        clock.advance(by: .milliseconds(1))
        #expect(cookies.open(cookie, realm: .standard, client: "native") == nil)
    }

    @Test func `a cookie ends with its epoch, and new ones are made under the newest`() throws {
        let clock = ManualClock(Self.start)
        let (old, new) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        let before = AccessCookies(keys((1, old, nil)), now: { clock.now })
        let made = cookie(before, lifetime: .seconds(900)).bytes
        let after = AccessCookies(keys((1, old, Self.start + .seconds(60)), (2, new, nil)), now: { clock.now })
        #expect(after.open(made, realm: .standard, client: "native") != nil)
        let next = cookie(after)
        #expect(try #require(Base64URL.decode(next)).prefix(3) == [1, 0, 2])
        #expect(before.open(next.bytes, realm: .standard, client: "native") == nil)
        clock.advance(by: .milliseconds(59_999))
        #expect(after.open(made, realm: .standard, client: "native") != nil)
        clock.advance(by: .milliseconds(1))
        #expect(after.open(made, realm: .standard, client: "native") == nil)
        #expect(after.open(next.bytes, realm: .standard, client: "native") != nil)
    }

    @Test func `a handover code is 256 bits, and is known by their digest`() throws {
        let capabilities = Capabilities(
            now: { Self.start }, monotonic: { 0 }, random: { (0..<$0).map { UInt8($0) } }, pause: { _ in },
            report: { _ in })
        let code = HandoverCodeText.make(capabilities)
        #expect(code.text == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        #expect(hexadecimal(code.digest) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd")
        #expect(try #require(HandoverCodeText(code.text.bytes)).digest == code.digest)
        for wrong in ["", String(code.text.dropLast()), code.text + "A", "\(code.text.dropLast())9", "\(code.text)="] {
            #expect(HandoverCodeText(wrong.bytes) == nil)
        }
    }

    private func keys(_ roots: (epoch: Int64, secret: [UInt8], retiredAt: Timestamp?)...) -> DataKeys {
        let roots = roots.isEmpty ? [(1, [UInt8](repeating: 7, count: 32), nil)] : roots
        return DataKeys(
            roots.map {
                DataKeys.Key(
                    purpose: .refreshRoot, epoch: $0.0, secret: Secret($0.1), createdAt: Self.start, retiredAt: $0.2)
            })
    }

    private func cookie(_ cookies: AccessCookies, lifetime: Duration = .seconds(900)) -> String {
        cookies.cookie(
            session: Self.session, counter: .first, expiresAt: Self.start + lifetime, realm: .standard,
            client: "native")
    }
}
