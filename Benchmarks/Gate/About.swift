// The hot paths as a program whose instructions and heap allocations are counted.
//
// `Scripts/gate-instructions` runs it under valgrind's callgrind and compares with `Benchmarks/instructions.json`.
// Start with `Gate.swift`, which says what is counted; `Workshop.swift` is the server it is counted in: the real
// one, with its real database, but without background work, and with a clock and ids that are the same in every run.
