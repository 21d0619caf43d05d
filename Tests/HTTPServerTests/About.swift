// The server over real sockets, with short timeouts. `TestServer` starts one, `Client` is a plain blocking socket.
