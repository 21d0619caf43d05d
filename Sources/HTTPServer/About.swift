// HTTPServer: sockets, timers and limits around `HTTP`'s parser. It reads, starts handlers and writes answers.
//
// - `HTTPServer` holds what all loops share: settings, the handler, the count of connections.
// - `Shard` is one loop's part: its connections, its buffers, its clock.
// - `Acceptor` takes connections from a listening socket, one per socket and loop.
// - `Connection` is the state machine of one client; `Connection+Output` writes, `Connection+Stream` sends
//   bodies that are made meanwhile, `Connection+Limits` loses patience.
//
// Start with `HTTPServer.swift`, then `Connection.swift`.
