/* The floor of a live log: one thread that hands the same bytes to many TCP connections on this machine, and one that
   reads them.

   broadcast SENDERS_PROCESSOR READERS_PROCESSOR CONNECTIONS BYTES_PER_WRITE SECONDS

   Prints bytes per second, and microseconds of the sender's processor per write. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void stay_on(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set)) exit(1);
}

static void read_everything(int port, int connections) {
    static char buffer[1 << 20];
    int poll = epoll_create1(0);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int number = 0; number < connections; number++) {
        int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        if (connect(descriptor, (struct sockaddr *)&server, sizeof server)) exit(1);
        epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
    }
    struct epoll_event ready[256];
    while (1) {
        int count = epoll_wait(poll, ready, 256, -1);
        for (int index = 0; index < count; index++)
            if (recv(ready[index].data.fd, buffer, sizeof buffer, 0) <= 0) exit(0);
    }
}

int main(int count, char **arguments) {
    if (count != 6) return 64;
    int connections = atoi(arguments[3]), size = atoi(arguments[4]);
    double seconds = atof(arguments[5]);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 4096)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &length);
    pid_t reader = fork();
    if (reader == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        stay_on(atoi(arguments[2]));
        read_everything(address.sin_port, connections);
    }
    stay_on(atoi(arguments[1]));
    int *all = calloc(connections, sizeof *all);
    for (int number = 0; number < connections; number++) all[number] = accept(listener, NULL, NULL);
    char *bytes = calloc(1, size);
    long writes = 0;
    double total = 0, start = now();
    for (int number = 0; now() - start < seconds; number = (number + 1) % connections) {
        for (int sent = 0; sent < size;) {
            ssize_t taken = send(all[number], bytes + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (taken < 0) {
                struct pollfd wait = {.fd = all[number], .events = POLLOUT};
                poll(&wait, 1, 1000);
            } else {
                sent += taken;
            }
        }
        total += size, writes++;
    }
    double wall = now() - start;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double processor = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
                       + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"bytes_per_second\": %.0f, \"microseconds_per_write\": %.2f}\n", total / wall, processor / writes * 1e6);
    kill(reader, SIGKILL);
    return 0;
}
