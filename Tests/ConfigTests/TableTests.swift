import Config
import Domain
import Glibc
import Testing

@Suite("The table") struct TableTests {
    /// A file of the repository, found from this file's own place.
    private func repositoryFile(_ path: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let file = unsafe fopen("/\(root)/\(path)", "r") else {
            Issue.record("\(path) is not there")
            return ""
        }
        defer { _ = unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    @Test func `the document holds exactly the table`() throws {
        let document = try repositoryFile("docs/CONFIGURATION.md")
        #expect(document.contains(Config.markdown), "put this into docs/CONFIGURATION.md:\n\(Config.markdown)")
    }

    @Test func `the help text names every setting`() {
        for setting in Config.settings { #expect(Config.help.contains(setting.name)) }
    }

    @Test func `every default that is a value is itself allowed`() throws {
        for setting in Config.settings where !setting.standard.utf8.contains(0x20) && setting.standard != "none" {
            let config = try Config(environment: [setting.name: setting.standard], machine: machine())
            let row = try #require(SettingsTests.rows.first { $0.name == setting.name })
            #expect(row.read(config) == row.standard)
        }
    }
}

@Suite("Suggestion") struct SuggestionTests {
    @Test(
        arguments: [
            ("sevre", "serve"), ("verison", "version"), ("srve", "serve"), ("migarte", "migrate"), ("x", nil),
            ("something", nil), ("", nil),
        ] as [(String, String?)]) func `the nearest word is found, and only a near one`(
            _ typed: String, _ meant: String?
        )
    {
        #expect(Suggestion.nearest(to: typed, among: ["serve", "version", "migrate", "user", "role"]) == meant)
    }
}
