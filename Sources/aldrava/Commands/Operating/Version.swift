internal import App

extension Command {
    static let version = Command(
        words: ["version"], summary: "Print the version.", options: [.json], example: "aldrava version"
    ) { arguments in
        Terminal.print(arguments.has(.json) ? "{\"version\":\"\(Product.version)\"}" : "aldrava \(Product.version)")
        return .ok
    }
}
