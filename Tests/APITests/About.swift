// The API as clients meet it: the real API over the real flows and a real database, without sockets.
//
// Start with `Conversation.swift`, which sends requests, checks each answer against what its route describes, and
// writes the exchange down; then `GoldenTests.swift` and the files in `Golden`. `SchemaTests.swift` needs no database.
