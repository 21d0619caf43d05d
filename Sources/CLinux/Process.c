#define _GNU_SOURCE
#include "CLinux.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

pid_t linux_fork(void) { return fork(); }

_Bool linux_die_with(pid_t parent) {
    // The parent may have ended between the fork and this call.
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

int linux_signal_file(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
    int file = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return file < 0 ? -errno : file;
}

int linux_next_signal(int file) {
    struct signalfd_siginfo info;
    return read(file, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int linux_message_pair(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
}

int linux_adopt(int file, _Bool is_kept_on_exec) {
    int flags = fcntl(file, F_GETFL);
    if (flags < 0 || fcntl(file, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
    return fcntl(file, F_SETFD, is_kept_on_exec ? 0 : FD_CLOEXEC) < 0 ? errno : 0;
}

int linux_listening_family(int socket) {
    int value;
    socklen_t size = sizeof value;
    if (getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) < 0) return -errno;
    if (!value) return -EINVAL;
    size = sizeof value;
    if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &value, &size) < 0) return -errno;
    if (value != SOCK_STREAM) return -EINVAL;
    size = sizeof value;
    if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &value, &size) < 0) return -errno;
    return value == AF_UNIX || value == AF_INET || value == AF_INET6 ? value : -EINVAL;
}

int linux_local_address(int socket, uint8_t bytes[16]) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &size) < 0) return 0;
    if (address.ss_family == AF_INET) {
        memcpy(bytes, &((struct sockaddr_in *)&address)->sin_addr, 4);
        return 4;
    }
    if (address.ss_family == AF_INET6) {
        memcpy(bytes, &((struct sockaddr_in6 *)&address)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

int linux_send_datagram(const char *path, const void *bytes, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) return ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    // An abstract name begins with NUL and ends where the address does.
    if (path[0] == '@') address.sun_path[0] = 0;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0) return errno;
    ssize_t sent = sendto(file, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size);
    int problem = sent < 0 ? errno : 0;
    close(file);
    return problem;
}

void linux_let_go_of_text(void) {
    FILE *maps = fopen("/proc/self/smaps", "re");
    if (!maps) return;
    char line[4352];
    unsigned long start = 0, end = 0, size;
    _Bool is_text = 0;
    while (fgets(line, sizeof line, maps)) {
        unsigned long first, last;
        char mode[5], path;
        int fields = sscanf(line, "%lx-%lx %4s %*s %*s %*s %c", &first, &last, mode, &path);
        if (fields >= 3) {
            start = first;
            end = last;
            // From a file, and not to be written.
            is_text = fields == 4 && path == '/' && mode[1] == '-' && mode[3] == 'p';
        } else if (is_text && sscanf(line, "Anonymous: %lu kB", &size) == 1 && size == 0) {
            // Nor was it ever, as relocated data was: every page of it is in the file.
            madvise((void *)start, end - start, MADV_DONTNEED);
        }
    }
    fclose(maps);
}
