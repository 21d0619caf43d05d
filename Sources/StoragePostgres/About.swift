// What lives here, and where to start.
