// Linux calls that Swift cannot import as they are: thread-local storage, variadic functions and
// functions that fill structures only visible with _GNU_SOURCE.
#pragma once
#include <pthread.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include "Journal.h"
#include "Process.h"

// Whether something keeps the kernel's clock right: 1 yes, 0 no, -1 where it does not say.
int linux_clock_is_synchronised(void);

// Starts a joinable thread whose asynchronous signals are all blocked, so that they reach the main thread.
// Returns 0 or an errno value. The name is cut to 15 bytes, the kernel's limit.
int linux_start_thread(pthread_t *thread, const char *name, void *(*body)(void *), void *argument);

// What the current thread belongs to: an event loop or a thread pool. A `_Thread_local` and not
// `pthread_self()`, which glibc marks `const`, so that the optimiser keeps it across a suspension.
void *linux_current_loop(void);
void linux_set_current_loop(void *loop);
void *linux_current_pool(void);
void linux_set_current_pool(void *pool);

// The number of the current thread's event loop, for counters that threads keep apart; 0 elsewhere.
int linux_current_lane(void);
void linux_set_current_lane(int lane);

// `epoll_ctl` with a pointer that comes back in `data.ptr`. Returns 0 or an errno value.
int linux_epoll_set(int epoll, int operation, int file, uint32_t events, void *pointer);

// The bits of `epoll_event.events`, as plain numbers.
static const uint32_t linux_epoll_in = EPOLLIN;
static const uint32_t linux_epoll_out = EPOLLOUT;
static const uint32_t linux_epoll_error = EPOLLERR;
static const uint32_t linux_epoll_hang_up = EPOLLHUP;
static const uint32_t linux_epoll_read_hang_up = EPOLLRDHUP;
static const uint32_t linux_epoll_edge = EPOLLET;
static const uint32_t linux_epoll_exclusive = EPOLLEXCLUSIVE;

// An eventfd and an epoll set, close-on-exec; -1 and errno on failure.
int linux_eventfd(void);
int linux_epoll(void);

// Sockets. All descriptors are non-blocking and close-on-exec; failures are negative errno values.

// Binds and listens on a numeric address; `::` takes IPv4 as well. Never SO_REUSEPORT: a port in use must be seen.
int linux_listen_tcp(const char *address, uint16_t port, int backlog);
// Binds and listens on a path that does not exist yet. The file has `mode` from its first moment on.
int linux_listen_unix(const char *path, mode_t mode, int backlog);
// Whether somebody answers on a Unix socket: 1 yes, 0 no (the file was left behind).
int linux_unix_answers(const char *path);
// The port a TCP socket is bound to.
int linux_local_port(int socket);

// The other end of an accepted connection: `count` bytes in network order, 4 or 16, or 0 for a Unix socket.
struct linux_peer {
    uint8_t address[16];
    int count;
};
int linux_accept(int listener, struct linux_peer *peer);
// The user at the other end of a Unix socket.
int linux_peer_user(int socket, uid_t *user);

// Bytes received or sent, or a negative errno value. A send to a closed socket raises no SIGPIPE.
ssize_t linux_receive(int socket, void *bytes, size_t count);
ssize_t linux_send(int socket, const void *bytes, size_t count);
// Says that nothing more will be sent.
void linux_end_sending(int socket);
// Seconds since 1970, as of the last tick of the kernel's clock.
int64_t linux_wall_clock(void);

// Lets every other thread of the machine go first (the calling thread's nice value becomes 19).
void linux_give_way(void);
// Adds to the calling thread's nice value; 19 at most.
void linux_be_nicer(int difference);
