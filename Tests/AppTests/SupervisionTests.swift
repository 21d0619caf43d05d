import Concurrency
import Flows
import Glibc
import HTTP
import HTTPServer
import Testing

@testable import App

@Suite("Supervision") struct SupervisionTests {
    private func moment(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: 1_000_000_000_000) + .milliseconds(milliseconds)
    }

    private func source(_ text: String) throws -> RequestJournal.Source {
        RequestJournal.Source(.ip(try #require(IPAddress(text))))
    }

    // MARK: Patience

    @Test func `a server that died is replaced at once, and later each time when it goes on dying`() {
        var backoff = Backoff()
        let waits = (0..<7).map { backoff.died(at: moment($0 * 100), wasReady: true) }
        #expect(waits == [0, 0, 0, 0, 10, 20, 40].map { Duration.milliseconds($0) })
        let later = backoff.died(at: moment(10_601), wasReady: true)
        #expect(later == .zero)
    }

    @Test func `a server that does not come up is tried again after longer and longer times, up to five seconds`() {
        var backoff = Backoff()
        let waits = (0..<40).map { backoff.died(at: moment($0 * 60_000), wasReady: false) }
        #expect(Array(waits.prefix(4)) == [10, 20, 40, 80].map { Duration.milliseconds($0) })
        #expect(waits[9] == .seconds(5))
        #expect(waits.last == .seconds(5))
        #expect(backoff.failedStarts == 40)
        let after = backoff.died(at: moment(99_000_000), wasReady: true)
        #expect(after == .zero)
        #expect(backoff.failedStarts == 0)
    }

    @Test func `the third time within ten seconds is once too often`() throws {
        let (one, other) = (try source("192.0.2.1"), try source("192.0.2.2"))
        var tally = BlameTally()
        var excluded: [Int] = []
        for (time, source) in [
            (0, one), (1, other), (5_000, one), (10_000, one), (10_001, other), (14_999, one), (15_000, one),
        ] where tally.blame(source, at: moment(time)) {
            excluded.append(time)
        }
        // At 10,000 the first time no longer counts; after 14,999 it begins again.
        #expect(excluded == [14_999])
        for _ in 0..<9 {
            let isExcluded = tally.blame(RequestJournal.Source(.local), at: moment(20_000))
            #expect(!isExcluded, "a process of this machine may speak for others")
        }
    }

    // MARK: What is handed on

    @Test(arguments: [
        Handover(), Handover(fallback: 9),
        Handover(
            sockets: [
                HandedSocket(name: "http", descriptor: 5, ownsFile: true), HandedSocket(name: "tls", descriptor: 6),
                HandedSocket(name: "other", descriptor: 7, isFromManager: true),
            ], hasFallenBack: true),
    ])
    func `what one program hands on the next one reads`(_ handover: Handover) {
        #expect(Handover(handover.text(for: 42), for: 42) == handover)
        #expect(Handover(handover.text(for: 42), for: 43) == nil, "another process's")
    }

    @Test(arguments: ["", "check", "42 http", "42 http:1", "42 http:x", "42 http:5:mine", "x http:5", "42 http:-5"])
    func `what no program of ours wrote is not read`(_ text: String) {
        #expect(Handover(text, for: 42) == nil)
    }

    @Test func `sockets that a service manager passed are taken by number and name`() {
        let passed = ["LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "tls:http"]
        let taken = Handover.fromManager(passed, for: 42)
        #expect(taken.map(\.name) == ["tls", "http", "unknown"])
        #expect(taken.map(\.descriptor) == [3, 4, 5])
        #expect(Handover.fromManager(passed, for: 43).isEmpty)
        for count in ["0", "-1", "65", "x", ""] {
            #expect(Handover.fromManager(["LISTEN_PID": "42", "LISTEN_FDS": count], for: 42).isEmpty)
        }
    }

    @Test func `a manager is told only where it listens, and its watchdog only for this process`() {
        let socket = ["NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "3000000"]
        #expect(ServiceManager(socket, process: 42).watchdog == .seconds(3))
        #expect(ServiceManager(socket.merging(["WATCHDOG_PID": "42"]) { $1 }, process: 42).watchdog == .seconds(3))
        #expect(ServiceManager(socket.merging(["WATCHDOG_PID": "41"]) { $1 }, process: 42).watchdog == nil)
        for (name, value) in [("NOTIFY_SOCKET", "relative"), ("WATCHDOG_USEC", "0"), ("WATCHDOG_USEC", "x")] {
            #expect(ServiceManager(socket.merging([name: value]) { $1 }, process: 42).watchdog == nil)
        }
    }

    // MARK: What the two processes say

    @Test(arguments: [
        ParentMessage.ping, .upgradeBegins("aldrava 9.9.9"), .upgradeRefused("it is broken"), .upgradeRefused(""),
        .note(.error, did: "died", detail: "the server, process 1, was ended"),
    ])
    func `each message is read as it was written`(_ message: ParentMessage) {
        #expect(ParentMessage(message.text) == message)
    }

    @Test(arguments: ["", "hello", "note", "note error", "note grave died x"])
    func `no other message is read`(_ text: String) { #expect(ParentMessage(text) == nil) }

    // MARK: Deaths

    private func noted(_ id: String, _ path: String, from client: String) throws -> RequestJournal.Noted {
        RequestJournal.Noted(id: id, method: .get, path: path, source: try source(client))
    }

    @Test func `a death is laid only to whose it certainly was`() throws {
        let (one, other) = (try noted("1", "/a", from: "192.0.2.1"), try noted("2", "/b", from: "2001:db8::7"))
        var account = RequestJournal.Account()
        account.underWay = [one]
        #expect(Obituary(end: .killed(SIGKILL), account: account).blamed == nil, "killed from outside")
        account.hasFault = true
        #expect(Obituary(end: .killed(SIGILL), account: account).blamed == one.source, "the only one")
        #expect(Obituary(end: .exited(1), account: account).blamed == nil)
        account.isElsewhere = true
        #expect(Obituary(end: .killed(SIGILL), account: account).blamed == nil, "in a task of nobody's")
        account.isElsewhere = false
        account.underWay = [one, other]
        #expect(Obituary(end: .killed(SIGILL), account: account).blamed == nil, "one of two")
        account.reader = one.source
        #expect(Obituary(end: .killed(SIGILL), account: account).blamed == one.source)
        account.culprit = other
        let obituary = Obituary(end: .killed(SIGSEGV), account: account)
        #expect(obituary.blamed == other.source)
        #expect(
            obituary.sentence(process: 7)
                == "the server, process 7, was ended by SIGSEGV (a wrong address, or a full stack) while it executed "
                + "the request 2 (GET /b from 2001:db8::/64); 1 other requests were cut off")
    }

    @Test func `of many requests some are named and the rest counted`() throws {
        var account = RequestJournal.Account()
        account.hasFault = true
        account.underWay = try (1...11).map { try noted("\($0)", "/", from: "192.0.2.\($0)") }
        let sentence = Obituary(end: .killed(SIGABRT), account: account).sentence(process: 7)
        #expect(sentence.contains("8 (GET / from 192.0.2.8) and 3 more"))
    }
}
