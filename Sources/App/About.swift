// App: the only place where all parts meet.
//
// Start with `Server.swift`: one function makes a server out of a `Config`, another stops it in the right order.
// `Premises.swift` is what a server and a command without a server have in common: the folder, its lock, the master
// key, the database. `Control/` is the way from the command line to a running server; `Logs/` writes the two files.
