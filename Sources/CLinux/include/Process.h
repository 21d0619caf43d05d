// Processes, signals and what a service manager needs, where Swift cannot import the call itself.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// 0 in the child. Only while the process has one thread: nobody else could let go of the locks of the others.
pid_t linux_fork(void);
// Ends the calling process when its parent does. False when the parent ended before this was asked.
_Bool linux_die_with(pid_t parent);

// Blocks the signals for this thread, and all it starts, and returns a non-blocking descriptor that reports them; or a
// negative errno value.
int linux_signal_file(const int *signals, size_t count);
// The next signal that was reported; 0 when there is none.
int linux_next_signal(int file);
// Two connected sockets that keep the borders of messages; non-blocking and close-on-exec. 0 or an errno value.
int linux_message_pair(int ends[2]);

// Makes a descriptor of somebody else's non-blocking, and close-on-exec or inherited by the next program.
int linux_adopt(int file, _Bool is_kept_on_exec);
// AF_UNIX, AF_INET or AF_INET6 for a stream socket that listens; otherwise a negative errno value.
int linux_listening_family(int socket);
// The address a TCP socket is bound to: 4 or 16 bytes in network order, or 0 when it is none.
int linux_local_address(int socket, uint8_t address[16]);

// Sends one datagram to a Unix socket; `@` at the beginning of the path stands for the abstract namespace.
// 0 or an errno value.
int linux_send_datagram(const char *path, const void *bytes, size_t count);

// Gives the memory of the program and its constants back to the kernel, which reads them again when needed: for one that
// mostly sleeps.
void linux_let_go_of_text(void);
