// What the kernel alone takes for a request and its answer: sockets PORT ANSWER
//
// Whatever comes is answered with the same bytes: one wait for many connections, one receive and one send each, no look
// at what was received. Nothing that serves HTTP over the same calls can be quicker.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void watch(int epoll, int file, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = file};
    epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event);
}

int main(int count, char **words) {
    if (count != 3) return fputs("sockets PORT ANSWER\n", stderr), 64;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1, epoll = epoll_create1(0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 512) < 0)
        return perror("sockets"), 1;
    watch(epoll, listener, EPOLLIN);
    static struct epoll_event events[256];
    static char bytes[65536];
    size_t size = strlen(words[2]);
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int file = events[i].data.fd;
            if (file == listener) {
                watch(epoll, accept4(listener, NULL, NULL, SOCK_NONBLOCK), EPOLLIN | EPOLLRDHUP | EPOLLET);
                continue;
            }
            ssize_t received = recv(file, bytes, sizeof bytes, 0);
            if (received == 0) close(file);
            if (received > 0) send(file, words[2], size, MSG_NOSIGNAL);
        }
    }
}
