import Domain
import Testing

@Suite("What attributes can be") struct ProfileTests {
    /// The last two have a check digit that is written 0 because its remainder is 10 or 11.
    @Test(arguments: [
        ("529.982.247-25", "52998224725"), ("52998224725", "52998224725"), ("111.444.777-35", "11144477735"),
        ("123.456.789-09", "12345678909"), ("000.000.001-91", "00000000191"), ("64056224102", "64056224102"),
        ("27928775700", "27928775700"),
    ]) func `a CPF with good check digits is its eleven digits`(_ text: String, _ digits: String) {
        #expect((try? CPF.parse(text).get()) == digits)
        #expect(CPF.shown(digits).utf8.count == 14 && (try? CPF.parse(CPF.shown(digits)).get()) == digits)
    }

    @Test(arguments: [
        ("529.982.247-26", CPF.Problem.checkDigits), ("52998224715", .checkDigits), ("92998224725", .checkDigits),
        ("", .form), ("5299822472", .form), ("529982247250", .form), ("529.982.24725", .form),
        ("529-982-247.25", .form), (" 52998224725", .form), ("5299822472٥", .form), ("529.982.247-2x", .form),
    ]) func `any other CPF says why not`(_ text: String, _ problem: CPF.Problem) {
        #expect(throws: problem) { try CPF.parse(text).get() }
    }

    @Test func `eleven times the same digit is no CPF, although its check digits match`() {
        for digit in 0...9 {
            #expect(throws: CPF.Problem.repeated) { try CPF.parse(String(repeating: "\(digit)", count: 11)).get() }
        }
    }

    @Test func `exactly one pair of check digits is good for nine digits`() {
        for first in ["123456789", "529982247", "000000001", "999999990"] {
            let good = (0...99).filter { pair in
                let text = first + (pair < 10 ? "0" : "") + "\(pair)"
                if case .success = CPF.parse(text) { return true }
                return false
            }
            #expect(good.count == 1)
        }
    }

    @Test(arguments: [
        ("123456", "123456"), ("123.456", "123456"), ("1.234", "1234"), ("000123", "123"), ("12345-A", "12345-A"),
        ("12345a", "12345-A"), ("12345/e", "12345-E"), ("1", "1"), ("999999", "999999"),
    ]) func `a bar number is its digits, with a letter where it has one`(_ text: String, _ number: String) {
        #expect(OAB.number(text) == number)
    }

    @Test(arguments: ["", "0", "000000", "1234567", "12.34", "1.23456", "1234.56", "A", "12-34", "123456-AB", "１２３"])
    func `anything else is no bar number`(_ text: String) { #expect(OAB.number(text) == nil) }

    @Test(arguments: [
        ("SP 123456", "SP 123456"), ("sp123456", "SP 123456"), ("OAB/SP 123.456", "SP 123456"),
        ("oab sp-123456", "SP 123456"), ("123456/SP", "SP 123456"), ("123.456 rj", "RJ 123456"),
        ("MG 1234-A", "MG 1234-A"),
    ]) func `a bar number with its state is both`(_ text: String, _ whole: String) {
        #expect(OAB.whole(text) == whole)
    }

    @Test(arguments: ["", "SP", "XX 123456", "123456", "SP 0", "OABSP123456", "SP  123456", "123456SP", "SP 123456 "])
    func `a number without a state that exists is not`(_ text: String) { #expect(OAB.whole(text) == nil) }

    @Test func `there are 27 states, in either case`() {
        #expect(OAB.units.count == 27 && Set(OAB.units).count == 27)
        #expect(OAB.unit("sp") == "SP" && OAB.unit("Df") == "DF" && OAB.unit("XX") == nil && OAB.unit("SPA") == nil)
    }

    @Test(arguments: [
        ("+5511987654321", "+5511987654321"), ("+55 (11) 98765-4321", "+5511987654321"),
        ("(11) 98765-4321", "+5511987654321"), ("011 98765.4321", "+5511987654321"),
        ("11 3456-7890", "+551134567890"), ("+49 89 12345678", "+498912345678"), ("+1 202 555 0100", "+12025550100"),
    ]) func `a telephone number is international, a Brazilian one also as it is dialled`(
        _ text: String, _ number: String
    ) {
        #expect(PhoneNumber.parse(text, in: .brazil) == number)
        let isWhole = text.utf8.first == UInt8(ascii: "+")
        #expect(PhoneNumber.parse(text, in: nil) == (isWhole ? number : nil))
    }

    @Test(arguments: [
        "", "+", "+55", "+0123456789", "+1234567890123456", "98765-4321", "+55 11 88765-4321", "+55 01 98765-4321",
        "+55 10 3456-7890", "+55 11 6456-7890", "11+987654321", "+55 11 98765-4321 ramal 2", "+55119876543211",
    ]) func `anything else is none`(_ text: String) { #expect(PhoneNumber.parse(text, in: .brazil) == nil) }

    @Test(arguments: ["1990-02-28", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"])
    func `a day of the calendar is one`(_ text: String) { #expect(CalendarDate.isValid(text)) }

    @Test(arguments: [
        "1990-02-29", "1900-02-29", "2023-13-01", "2023-00-10", "2023-04-31", "0000-01-01", "90-02-28", "1990-2-28",
        "1990/02/28", "1990-02-28T00:00:00Z", "28/02/1990", "", "１９９０-02-28",
    ]) func `any other text is none`(_ text: String) { #expect(!CalendarDate.isValid(text)) }

    @Test(arguments: [("a", true), ("uf_oab", true), ("a23456789012345678901234567890bc", true), ("", false)])
    func `names are narrow`(_ text: String, _ isGood: Bool) { #expect(ProfileAttribute.isValidName(text) == isGood) }

    @Test(arguments: ["A", "1a", "_a", "a-b", "a b", "é", "a23456789012345678901234567890bcd", "a\u{0}"])
    func `other names are none`(_ text: String) { #expect(!ProfileAttribute.isValidName(text)) }

    @Test func `what is masked keeps two characters of five or more`() {
        #expect(AttributeType.cpf.masked(.text("52998224725")) == "***.***.***-25")
        #expect(AttributeType.phone(nil).masked(.text("+5511987654321")) == "+***********21")
        #expect(AttributeType.oab.masked(.text("SP 123456")) == "** ****56")
        #expect(AttributeType.oabNumber.masked(.text("1234")) == "****")
        #expect(AttributeType.text(1...9).masked(.text("Maria da Silva")) == "****va")
        #expect(AttributeType.text(1...9).masked(.text("Ana")) == "****")
        #expect(AttributeType.date.masked(.text("1990-02-28")) == "****")
        #expect(AttributeType.integer(0...9).masked(.integer(123_456)) == "****")
    }

    private static let rules = [
        RoleAssignment(attribute: "oab", condition: .present, role: "advogado"),
        RoleAssignment(
            attribute: "area", condition: .isOneOf([.text("civil"), .text("penal")]), role: "litigant",
            isForOwner: true),
        RoleAssignment(attribute: "level", condition: .isOneOf([.integer(3)]), role: "advogado", isForOwner: true),
    ]

    @Test func `roles follow from what is there and from what it says`() {
        #expect(Self.rules.roles(for: [:]).isEmpty)
        #expect(Self.rules.roles(for: ["oab": .text("1")]) == ["advogado"])
        #expect(Self.rules.roles(for: ["area": .text("civil")]) == ["litigant"])
        #expect(Self.rules.roles(for: ["area": .text("Civil")]).isEmpty)
        #expect(Self.rules.roles(for: ["level": .text("3")]).isEmpty)
        #expect(Self.rules.roles(for: ["level": .integer(3), "area": .text("penal")]) == ["advogado", "litigant"])
    }

    @Test func `an owner moves only roles all of whose rules say so`() {
        #expect(Self.rules.isForOwner(role: "litigant"))
        #expect(!Self.rules.isForOwner(role: "advogado"))
        #expect(!Self.rules.isForOwner(role: "other"))
    }

    @Test func `nobody gives through a rule what he does not hold`() throws {
        let read = try #require(Permission.Pair("mail:read"))
        let send = try #require(Permission.Pair("mail:send"))
        func given(_ role: String, _ pairs: [Permission.Pair], rank: Int64 = 0) -> Grants {
            Grants(roles: [role], permissions: pairs.map { (name: $0.description, pair: $0) }, rank: rank)
        }
        let holder = Authority.holding(Grants(roles: [], permissions: [(name: "mail:read", pair: read)]))
        #expect(holder.mayGive(given("advogado", [read])))
        #expect(!holder.mayGive(given("advogado", [read, send])))
        #expect(!holder.mayGive(given("advogado", [read], rank: 1)))
        #expect(!holder.mayGive(given(Role.adminName, [])))
        #expect(Authority.unlimited.mayGive(given(Role.adminName, [read, send], rank: 900)))
    }
}
