// API: JSON over HTTP. One endpoint, one file; nothing here decides, it only speaks.
//
// Start with `Routes.swift`: the whole map, one line per route. `Endpoint.swift` says what a route is made of,
// `Wire/Schema.swift` how types look on the wire, `Problem.swift` every error a client can see, and `API.swift`
// the way of a request through all of them.
