// The rules of HTTP as tables: a sentence, bytes, what must come of them.
//
// Start with `ParserRuns.swift`: every case of the parser runs whole, byte by byte, and in seeded random
// splits, and must give the same result each time.
