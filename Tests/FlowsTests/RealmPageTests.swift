import Domain
import Glibc
import Standards
import TestSupport
import Testing

@testable import Flows

@Suite("The page about realms") struct RealmPageTests {
    /// A file of the repository, found from this file's own place.
    private func page() throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let file = unsafe fopen("/\(root)/docs/REALMS.md", "r") else {
            Issue.record("docs/REALMS.md is not there")
            return ""
        }
        defer { _ = unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    @Test func `it holds exactly the table`() throws {
        let page = try page()
        #expect(page.contains(RealmMember.markdown), "put this into docs/REALMS.md:\n\(RealmMember.markdown)")
    }

    @Test(arguments: Backend.available)
    func `its examples can be applied, and again`(_ backend: Backend) async throws {
        let parts = try page().split(separator: "```json\n").dropFirst()
        let files = try parts.map {
            try JSON.parse(String($0.prefix(upTo: try #require($0.firstRange(of: "```")?.lowerBound))))
        }
        #expect(files.map { $0["realm"]?.string } == ["producer", "buyer"])
        try await withWorld(backend) { world in
            for file in files {
                for isFirst in [true, false] {
                    let outcome = try await world.useCases.applyRealm(
                        try RealmFile(file), isDryRun: false, by: .commandLine)
                    guard case .done(_, let differences) = outcome else {
                        Issue.record("\(outcome)")
                        return
                    }
                    #expect(differences.isEmpty != isFirst)
                }
            }
        }
    }
}
