import Domain
import Glibc
import Storage
import TestSupport
import Testing

@Suite("What SQLite's files hold after an erasure") struct SQLiteErasureTests {
    private static func bytes(of path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { return [] }
        defer { unsafe _ = fclose(file) }
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&part, 1, part.count, file)
            if count == 0 { return all }
            all += part.prefix(count)
        }
    }

    private static func holds(_ all: [UInt8], _ text: String) -> Bool {
        let mark = Array(text.utf8)
        var start = 0
        while let place = all[start...].firstIndex(of: mark[0]) {
            if all[place...].starts(with: mark) { return true }
            start = place + 1
        }
        return false
    }

    @Test func `neither the file nor the log holds the name, also one that was changed before`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let store = try await database.open()
            let old = try await store.addUser("planted-before-x7")
            for number in 0..<200 { _ = try await store.addUser("somebody\(number)") }
            let session = try await store.transaction { (tx) throws(StoreFault) -> Session in
                let session = Sample.session(of: old.id, at: tx.now)
                try tx.insert(
                    session, origin: SessionOrigin(address: "203.0.113.77", userAgent: "planted-agent-1"))
                return session
            }
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.advance(
                    session.id, from: .first,
                    origin: SessionOrigin(address: "203.0.113.78", userAgent: "planted-agent-2-longer"))
            }
            func all() throws -> [UInt8] {
                try ["", "-wal", "-shm"].flatMap { try Self.bytes(of: database.place + $0) }
            }
            let marks = ["planted-before-x7", "planted-agent-1", "planted-agent-2", "203.0.113.77", "203.0.113.78"]
            for mark in marks { #expect(Self.holds(try all(), mark), "\(mark) was never there") }
            _ = try await store.transaction { (tx) throws(StoreFault) in try tx.erase(user: old.id, realm: .standard) }
            #expect(try await store.forgetDeleted())
            for mark in marks { #expect(!Self.holds(try all(), mark), "\(mark) is still there") }
            #expect(Self.holds(try all(), "somebody199"))
            await store.close()
        }
    }
}
