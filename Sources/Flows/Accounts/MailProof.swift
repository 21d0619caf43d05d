/// What a letter carried, as its reader brings it back.
public enum MailProof: Sendable {
    /// From the letter's link.
    case link(token: String)
    /// The letter's code, beside the ticket that whoever asked for the letter was given.
    case typed(ticket: String, code: String)
}

/// Why what a letter carried is not taken. Never made, spent, replaced, too old, tried too often, and another realm's or
/// another purpose's look alike.
public enum ProofRefusal: Sendable {
    case notGood
    case wait(Duration)
}
