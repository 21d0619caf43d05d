#define _GNU_SOURCE
#include "CLinux.h"
#include <signal.h>
#include <string.h>

static _Thread_local void *current_loop;
static _Thread_local void *current_pool;

// Not inlined, so that no caller can keep the address of the variable across a change of thread.
__attribute__((noinline)) void *linux_current_loop(void) { return current_loop; }
__attribute__((noinline)) void linux_set_current_loop(void *loop) { current_loop = loop; }
__attribute__((noinline)) void *linux_current_pool(void) { return current_pool; }
__attribute__((noinline)) void linux_set_current_pool(void *pool) { current_pool = pool; }

int linux_start_thread(pthread_t *thread, const char *name, void *(*body)(void *), void *argument) {
    sigset_t blocked, before;
    sigfillset(&blocked);
    // Faults of the thread itself must stay deliverable, or the kernel kills the process without a report.
    int own[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int result = pthread_create(thread, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0) {
        char cut[16];
        strncpy(cut, name, sizeof cut - 1);
        cut[sizeof cut - 1] = 0;
        pthread_setname_np(*thread, cut);
    }
    return result;
}
