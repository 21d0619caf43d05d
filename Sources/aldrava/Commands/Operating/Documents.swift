internal import App

extension Command {
    static let completion = Command(
        words: ["completion"], summary: "Print a script that completes command lines in a shell.",
        parameters: [
            Parameter("SHELL", "bash, zsh or fish.", .oneOf(Completion.Shell.allCases.map(\.rawValue)))
        ], example: "aldrava completion bash > /etc/bash_completion.d/aldrava"
    ) { arguments in
        guard let shell = Completion.Shell(rawValue: arguments["SHELL"]) else {
            throw Misuse("SHELL is one of bash, zsh and fish.", see: ["completion"])
        }
        Terminal.printAsIs(Completion.script(for: shell))
        return .ok
    }

    static let man = Command(
        words: ["man"], summary: "Print the manual page.", example: "aldrava man | man -l -"
    ) { _ in
        Terminal.printAsIs(ManualPage.text)
        return .ok
    }
}
