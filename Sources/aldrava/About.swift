// aldrava: the executable. Arguments in, exit code out; what happens in between is in `App`.
//
// Start with `Aldrava.swift`. `CommandTable.swift` lists every command; parsing, `--help` and the suggestions for
// typing errors derive from it. Each command has a file in `Commands/`.
