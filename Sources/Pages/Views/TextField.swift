/// One labelled field of a form, with what is wrong with it tied to it for those who listen.
struct TextField: Sendable {
    let name: InputName
    let label: String
    var kind: StaticString = "text"
    /// What the browser may fill in (HTML, "autofill detail tokens").
    var autocomplete: StaticString
    var value = ""
    var hint: String?
    var problem: String?
    /// Another element that says what is wrong.
    var isDescribedByNotice = false
    /// Where typing begins.
    var isFocused = false
    /// In characters; the server counts bytes by itself.
    var longest = 512
    /// Which keys a telephone shows (HTML, `inputmode`).
    var keys: StaticString?
    var isRequired = true
    /// Where it has one of few values: what is chosen from instead of typed, each with its words.
    var choices: [(value: String, words: String)] = []

    var isWrong: Bool { problem != nil || isDescribedByNotice }

    var markup: HTML {
        """
        <div class="field">
        <label for="\(name.description)">\(label)</label>
        \(choices.isEmpty ? input : list)
        \(hint.map { "<p class=\"hint\" id=\"\(name.description)-hint\">\($0)</p>\n" as HTML } ?? .nothing)\
        \(problem.map { "<p class=\"problem\" id=\"\(name.description)-problem\">\($0)</p>\n" as HTML } ?? .nothing)\
        </div>

        """
    }

    private var input: HTML {
        """
        <input id="\(name.description)" name="\(name.description)" type="\(kind.description)" \
        autocomplete="\(autocomplete.description)" autocapitalize="none" spellcheck="false"\(required)\
        \(isDate ? .nothing : " maxlength=\"\(longest)\"" as HTML)\(inputMode)\(shownValue)\(description)\
        \(isFocused ? Self.focus : .nothing)>
        """
    }

    private var list: HTML {
        let options = [("", "")] + choices
        return """
            <select id="\(name.description)" name="\(name.description)" autocomplete="\(autocomplete.description)"\
            \(required)\(description)\(isFocused ? Self.focus : .nothing)>
            \(options.map(option))</select>
            """
    }

    private func option(_ choice: (value: String, words: String)) -> HTML {
        let isChosen = choice.value.utf8.elementsEqual(value.utf8)
        return "<option value=\"\(choice.value)\"\(isChosen ? Self.chosen : .nothing)>\(choice.words)</option>\n"
    }

    private var required: HTML { isRequired ? " required" : .nothing }
    private var isDate: Bool { kind.description == "date" }

    /// A password never comes back to the page.
    private var shownValue: HTML {
        kind.description == "password" || value.isEmpty ? .nothing : " value=\"\(value)\""
    }

    private var inputMode: HTML { keys.map { " inputmode=\"\($0.description)\"" } ?? .nothing }

    private var description: HTML {
        var places: [String] = []
        if problem != nil { places.append("\(name.description)-problem") }
        if isDescribedByNotice { places.append("problem") }
        if hint != nil { places.append("\(name.description)-hint") }
        let described: HTML =
            places.isEmpty ? .nothing : " aria-describedby=\"\(places.joined(separator: " "))\""
        return "\(isWrong ? Self.invalid : .nothing)\(described)"
    }

    private static let chosen: HTML = " selected"
    private static let focus: HTML = " autofocus"
    private static let invalid: HTML = " aria-invalid=\"true\""
}
