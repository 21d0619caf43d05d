// A page that a server shares with the process that supervises it: which requests are being executed, where the server
// was when it faulted, and which sources may not come back. It outlives the server; every write is a plain store.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct linux_journal;

// Where a request comes from: kind 4 or 6 and the address in two halves, or 0 for a process of this machine.
struct linux_source {
    uint64_t high;
    uint64_t low;
    uint8_t kind;
};

// Requests that one loop can note at the same time; longer ids and paths are cut.
enum { linux_journal_entries = 256, linux_journal_id = 40, linux_journal_path = 160, linux_journal_blocks = 64 };

// NULL when the system has no memory for it.
struct linux_journal *linux_journal_make(uint32_t loops);
void linux_journal_free(struct linux_journal *journal);

// Writing, each loop for itself.

// Says which loop the calling thread is.
void linux_journal_enter(uint32_t loop);
// A request begins; the calling thread executes it without a task, until the entry is adopted or ends. Faults meanwhile
// are laid to the entry itself, whose address is that of no task.
void linux_journal_begin(
    struct linux_journal *journal, uint32_t loop, uint32_t entry, uint8_t method, const void *id, size_t id_count,
    const void *path, size_t path_count, struct linux_source source);
// From here on the current task is the one that executes it.
void linux_journal_adopt(struct linux_journal *journal, uint32_t loop, uint32_t entry);
void linux_journal_end(struct linux_journal *journal, uint32_t loop, uint32_t entry);
// The bytes of a connection are being read, or no more. `is_blamed` is false for a proxy, who sends what others wrote.
void linux_journal_read(struct linux_journal *journal, uint32_t loop, struct linux_source source, bool is_blamed);
void linux_journal_rest(struct linux_journal *journal, uint32_t loop);

// The task that the calling thread executes, or that waits for what it executes; only ever compared.
void *linux_current_task(void);
void linux_set_origin_task(void *task);

// Notes the first fault of any thread, and then lets the process die of it as it would have.
void linux_journal_watch(struct linux_journal *journal);
// Gives the calling thread a second stack, on which the fault of a full one can be noted; and takes it back.
void *linux_use_fault_stack(void);
void linux_free_fault_stack(void *memory);

// Reading, when the server is dead.

struct linux_journal_fault {
    // 0 when nothing was noted: the process was killed from outside.
    int signal;
    // It happened in a task, which may be none of those that are noted.
    bool has_task;
    bool is_reading, is_reader_blamed;
    struct linux_source reader;
};
struct linux_journal_fault linux_journal_fault(const struct linux_journal *journal);

struct linux_journal_request {
    uint8_t method;
    // The fault happened in the task that executed this request.
    bool is_culprit;
    size_t id_count, path_count;
    uint8_t id[linux_journal_id], path[linux_journal_path];
    struct linux_source source;
};
// False when nothing is noted at this place.
bool linux_journal_request(
    const struct linux_journal *journal, uint32_t loop, uint32_t entry, struct linux_journal_request *request);
// Forgets requests and fault; what is blocked stays.
void linux_journal_clear(struct linux_journal *journal);

// Sources that are kept out until a moment of CLOCK_MONOTONIC, in nanoseconds. When all places are taken, the one that
// would have ended first is given up.
void linux_journal_block(struct linux_journal *journal, struct linux_source source, uint64_t until);
bool linux_journal_is_blocked(const struct linux_journal *journal, struct linux_source source, uint64_t now);
