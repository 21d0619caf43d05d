// Linux calls that Swift cannot import as they are: thread-local storage, variadic functions and
// functions that fill structures only visible with _GNU_SOURCE.
#pragma once
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

// Starts a joinable thread whose asynchronous signals are all blocked, so that they reach the main thread.
// Returns 0 or an errno value. The name is cut to 15 bytes, the kernel's limit.
int linux_start_thread(pthread_t *thread, const char *name, void *(*body)(void *), void *argument);

// What the current thread belongs to: an event loop or a thread pool. A `_Thread_local` and not
// `pthread_self()`, which glibc marks `const`, so that the optimiser keeps it across a suspension.
void *linux_current_loop(void);
void linux_set_current_loop(void *loop);
void *linux_current_pool(void);
void linux_set_current_pool(void *pool);
