// StorageSQL: every query, written once, and the migrations that make the tables they run on.
//
// A driver supplies an `SQLConnection`; `SQLTransaction` turns it into Storage's protocol, one file per table
// under `Queries/`. Both databases run the same text. What they cannot share is in `Migrations/`, both
// dialects side by side: column types, the transaction id of an event, the notification of the feed.
// Start with `SQLConnection.swift`, then `Migrations/0001-Foundation.swift` for the tables.
