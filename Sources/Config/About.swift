// Config: every setting of the server, read once from the environment and one optional file.
//
// Start with `Settings.swift`, the table: parsing, the `--help` text and `docs/CONFIGURATION.md` all derive from
// it. `Config.swift` holds what was read, with the defaults; `Config+Reading.swift` is the way from one to the other.
