import Domain
import Flows
import HTTP
import Standards
import Testing

@testable import Pages

@Suite struct WordTests {
    @Test(
        arguments: Phrase.allCases.map { $0 as any Wording } + AccountPhrase.allCases.map { $0 as any Wording }
            + ProfilePhrase.allCases.map { $0 as any Wording })
    func `everything is said in both languages, with the same gaps`(_ phrase: any Wording) {
        let both = phrase.both
        #expect(!both.english.isEmpty && !both.portuguese.isEmpty)
        #expect(
            both.english.split(separator: "{}", omittingEmptySubsequences: false).count
                == both.portuguese.split(separator: "{}", omittingEmptySubsequences: false).count)
        #expect(both.english != both.portuguese)
        let isSentence = both.english.hasSuffix(".")
        #expect(isSentence == both.portuguese.hasSuffix("."))
    }

    @Test func `every problem of a name, an address or a password has words of its own`() {
        let codes = IdentifierProblem.allCases.map(\.rawValue) + PasswordPolicy.Problem.allCases.map(\.rawValue)
        #expect(Set(codes.map { Visit.phrase($0) }).count == codes.count)
    }

    @Test(
        arguments: [
            (nil, Language.english), ("", .english), ("pt-BR", .portuguese), ("pt", .portuguese),
            ("pt-PT,pt;q=0.9", .portuguese),
            ("de-DE, fr;q=0.9", .english), ("en;q=0.5, pt;q=0.6", .portuguese), ("en-GB,en;q=0.9,pt;q=0.8", .english),
            ("PT-br;Q=1", .portuguese), ("pt;q=0, en;q=0.1", .english), ("pt;q=0", .english), ("*", .english),
            ("pt;q=zz, en;q=0.1", .english), ("ptx", .english), ("de, pt ; q=0.3", .portuguese),
            ("pt;q=1.000, en;q=0.999", .portuguese),
        ] as [(String?, Language)])
    func `the browser's first choice among the two is taken`(_ value: String?, _ language: Language) {
        var headers = Headers()
        if let value { headers.add("Accept-Language", value) }
        #expect(Language(preferredBy: headers) == language)
    }

    @Test func `a chosen language is one of the two or none`() {
        #expect(Language(chosen: "pt-BR") == .portuguese)
        #expect(Language(chosen: "pt") == .portuguese)
        #expect(Language(chosen: "EN") == .english)
        #expect(Language(chosen: "de") == nil)
        #expect(Language(chosen: "") == nil)
    }

    @Test(arguments: [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux",
            "Firefox no Linux"
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone", "Safari no iPhone"
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome on Android", "Chrome no Android"
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge on Windows", "Edge no Windows"
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
            "Safari on Mac", "Safari no Mac"
        ),
        ("curl/8.5.0", "Program: curl/8.5.0", "Programa: curl/8.5.0"),
        ("python-requests/2.32 extra words", "Program: python-requests/2.32", "Programa: python-requests/2.32"),
        ("", "Unknown device", "Dispositivo desconhecido"),
        ("Mozilla/5.0", "Unknown device", "Dispositivo desconhecido"),
    ])
    func `a device is said in plain words`(_ userAgent: String, _ english: String, _ portuguese: String) {
        #expect(Device(userAgent: userAgent).words(in: .english) == english)
        #expect(Device(userAgent: userAgent).words(in: .portuguese) == portuguese)
    }

    @Test(
        arguments: [
            (0, "just now", "agora há pouco"), (59, "just now", "agora há pouco"), (60, "a minute ago", "há um minuto"),
            (3_599, "59 minutes ago", "há 59 minutos"), (3_600, "an hour ago", "há uma hora"),
            (7_199, "an hour ago", "há uma hora"), (7_200, "2 hours ago", "há 2 horas"),
            (86_399, "23 hours ago", "há 23 horas"), (86_400, "a day ago", "há um dia"),
            (172_800, "2 days ago", "há 2 dias"), (604_799, "6 days ago", "há 6 dias"),
            (604_800, "on 25 December 2025", "em 25 de dezembro de 2025"), (-5, "just now", "agora há pouco"),
        ] as [(Int64, String, String)])
    func `a time is said in plain words`(_ seconds: Int64, _ english: String, _ portuguese: String) {
        let now = Timestamp(milliseconds: 1_767_225_600_000)
        let moment = Moment(time: now - .seconds(seconds), now: now)
        #expect(moment.ago(in: .english) == english)
        #expect(moment.ago(in: .portuguese) == portuguese)
    }
}
