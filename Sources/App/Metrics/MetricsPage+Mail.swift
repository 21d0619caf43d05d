internal import Flows
internal import Storage

extension MetricsPage {
    /// What waits is the same on every server of a database; what was tried is this one's own.
    func writeMail(_ text: inout MetricsText) async {
        let mail = premises.useCases.mail
        let waiting = try? await mail.list.count(.waiting)
        let dead = try? await mail.list.count(.dead)
        text.family("aldrava_mail_letters", .gauge, "Letters in the outbox that were not sent, by state.") { samples in
            if let waiting { samples.add([("state", "waiting")], Double(waiting)) }
            if let dead { samples.add([("state", "dead")], Double(dead)) }
        }
        let counts = mail.counts
        text.family("aldrava_mail_tries_total", .counter, "Tries to send a letter, by what became of it.") { samples in
            samples.add([("outcome", "sent")], counts.sent)
            samples.add([("outcome", "failed")], counts.failed)
            samples.add([("outcome", "dead")], counts.dead)
            samples.add([("outcome", "dropped")], counts.dropped)
        }
    }
}
