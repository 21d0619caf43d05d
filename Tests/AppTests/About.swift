// AppTests: the built program from outside, on real ports and real files, with each database.
//
// `Installation.swift` is one data folder with a database; `Program.swift` starts the program; `Wire.swift` talks HTTP.
