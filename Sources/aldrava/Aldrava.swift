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
            Terminal.complain(misuse.description)
            return .usage
        } catch let fault as StartFault {
            Terminal.complain(fault.description)
            return fault.code
        } catch {
            Terminal.complain("\(error)")
            return .unavailable
        }
    }
}
