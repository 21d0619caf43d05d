#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static _Thread_local void *current_loop;
static _Thread_local void *current_pool;
static _Thread_local int current_lane;

// Not inlined, so that no caller can keep the address of the variable across a change of thread.
__attribute__((noinline)) void *linux_current_loop(void) { return current_loop; }
__attribute__((noinline)) void linux_set_current_loop(void *loop) { current_loop = loop; }
__attribute__((noinline)) void *linux_current_pool(void) { return current_pool; }
__attribute__((noinline)) void linux_set_current_pool(void *pool) { current_pool = pool; }
__attribute__((noinline)) int linux_current_lane(void) { return current_lane; }
__attribute__((noinline)) void linux_set_current_lane(int lane) { current_lane = lane; }

struct beginning {
    void *(*body)(void *);
    void *argument;
};

static void *begin(void *pointer) {
    struct beginning beginning = *(struct beginning *)pointer;
    free(pointer);
    void *stack = linux_use_fault_stack();
    void *result = beginning.body(beginning.argument);
    linux_free_fault_stack(stack);
    return result;
}

int linux_start_thread(pthread_t *thread, const char *name, void *(*body)(void *), void *argument) {
    struct beginning *beginning = malloc(sizeof *beginning);
    if (!beginning) return ENOMEM;
    *beginning = (struct beginning){.body = body, .argument = argument};
    sigset_t blocked, before;
    sigfillset(&blocked);
    // Faults of the thread itself must stay deliverable, or the kernel kills the process without a report.
    int own[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int result = pthread_create(thread, NULL, begin, beginning);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0) {
        free(beginning);
    } else {
        char cut[16];
        strncpy(cut, name, sizeof cut - 1);
        cut[sizeof cut - 1] = 0;
        pthread_setname_np(*thread, cut);
    }
    return result;
}

int linux_epoll_set(int epoll, int operation, int file, uint32_t events, void *pointer) {
    struct epoll_event event = {.events = events, .data.ptr = pointer};
    return epoll_ctl(epoll, operation, file, &event) == 0 ? 0 : errno;
}

int linux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
int linux_epoll(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int fail(int socket) {
    int code = errno;
    close(socket);
    return -code;
}

int linux_listen_tcp(const char *text, uint16_t port, int backlog) {
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr *address = (struct sockaddr *)&v4;
    socklen_t size = sizeof v4;
    if (inet_pton(AF_INET, text, &v4.sin_addr) != 1) {
        if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1) return -EINVAL;
        address = (struct sockaddr *)&v6;
        size = sizeof v6;
    }
    int file = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) return -errno;
    int yes = 1, no = 0;
    if (setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0) return fail(file);
    // Accepted sockets inherit it, which saves a call for each.
    if (setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0) return fail(file);
    if (address->sa_family == AF_INET6 && setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) < 0)
        return fail(file);
    if (bind(file, address, size) < 0 || listen(file, backlog) < 0) return fail(file);
    return file;
}

static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    size_t count = strlen(path);
    if (count == 0 || count >= sizeof address->sun_path) return -ENAMETOOLONG;
    memcpy(address->sun_path, path, count);
    return 0;
}

int linux_listen_unix(const char *path, mode_t mode, int backlog) {
    struct sockaddr_un address;
    int problem = unix_address(path, &address);
    if (problem < 0) return problem;
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) return -errno;
    // Linux gives the file the mode of the socket, so it is never open to more people than meant; what the umask
    // took away is added afterwards.
    if (fchmod(file, mode) < 0 || bind(file, (struct sockaddr *)&address, sizeof address) < 0) return fail(file);
    if (chmod(path, mode) < 0 || listen(file, backlog) < 0) {
        problem = fail(file);
        unlink(path);
        return problem;
    }
    return file;
}

int linux_unix_answers(const char *path) {
    struct sockaddr_un address;
    int problem = unix_address(path, &address);
    if (problem < 0) return problem;
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) return -errno;
    int result = connect(file, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(file);
    // A full backlog is an answer too.
    if (result == 0 || result == EAGAIN) return 1;
    return result == ECONNREFUSED ? 0 : -result;
}

int linux_local_port(int socket) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &size) < 0) return -errno;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return -EAFNOSUPPORT;
}

int linux_accept(int listener, struct linux_peer *peer) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int file = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (file < 0) return -errno;
    peer->count = 0;
    if (address.ss_family == AF_INET) {
        peer->count = 4;
        memcpy(peer->address, &((struct sockaddr_in *)&address)->sin_addr, 4);
    } else if (address.ss_family == AF_INET6) {
        peer->count = 16;
        memcpy(peer->address, &((struct sockaddr_in6 *)&address)->sin6_addr, 16);
    }
    return file;
}

int linux_peer_user(int socket, uid_t *user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -errno;
    *user = peer.uid;
    return 0;
}

ssize_t linux_receive(int socket, void *bytes, size_t count) {
    ssize_t result;
    do result = recv(socket, bytes, count, 0);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

ssize_t linux_send(int socket, const void *bytes, size_t count) {
    ssize_t result;
    do result = send(socket, bytes, count, MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

void linux_end_sending(int socket) { shutdown(socket, SHUT_WR); }

int64_t linux_wall_clock(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return time.tv_sec;
}

void linux_give_way(void) { setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19); }

void linux_be_nicer(int difference) {
    id_t thread = (id_t)syscall(SYS_gettid);
    // The kernel cuts what is above 19. Nobody is refused to be nicer.
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + difference);
}

int linux_clock_is_synchronised(void) {
    struct timex state = {.modes = 0};
    int result = adjtimex(&state);
    if (result < 0) return -1;
    return result != TIME_ERROR && !(state.status & STA_UNSYNC);
}
