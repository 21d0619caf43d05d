internal import App
internal import Glibc

@main
enum Aldrava {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Every way out of a command meets here; nothing else decides how the process ends.
    private static func run(_ words: [String]) -> ExitCode {
        do {
            switch try CommandTable.parse(words) {
            case .help(let text):
                Terminal.print(text)
                return .ok
            case .run(let command, let arguments):
                return try command.run(arguments)
            }
        } catch let misuse as Misuse {
            return complain(StartFault(code: .usage, description: misuse.description), words)
        } catch let fault as StartFault {
            return complain(fault, words)
        } catch {
            return complain(.unavailable("\(error)"), words)
        }
    }

    /// Where `--json` was asked for, however wrong the rest, a script gets JSON also here: one object on standard
    /// error.
    private static func complain(_ fault: StartFault, _ words: [String]) -> ExitCode {
        if words.prefix(while: { $0 != "--" }).contains("--json") {
            Terminal.complain(json: fault.json)
        } else {
            Terminal.complain(fault.description)
        }
        return fault.code
    }
}
