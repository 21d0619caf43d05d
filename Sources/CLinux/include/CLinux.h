// Linux calls that Swift cannot import as they are: thread-local storage, variadic functions and
// functions that fill structures only visible with _GNU_SOURCE.
#pragma once
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// Starts a joinable thread whose asynchronous signals are all blocked, so that they reach the main thread.
// Returns 0 or an errno value. The name is cut to 15 bytes, the kernel's limit.
int linux_start_thread(pthread_t *thread, const char *name, void *(*body)(void *), void *argument);

// What the current thread belongs to: an event loop or a thread pool. A `_Thread_local` and not
// `pthread_self()`, which glibc marks `const`, so that the optimiser keeps it across a suspension.
void *linux_current_loop(void);
void linux_set_current_loop(void *loop);
void *linux_current_pool(void);
void linux_set_current_pool(void *pool);

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
