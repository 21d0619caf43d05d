#define _GNU_SOURCE
#include "CLinux.h"
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// The Swift runtime's own, exported and part of its ABI; no arguments and a pointer back are the same in C.
extern void *swift_task_getCurrent(void) __attribute__((weak));

struct entry {
    void *task;
    // Set when the rest is complete. Like every store here it costs no more than a plain one.
    atomic_bool is_used;
    uint8_t method, id_count, path_count;
    struct linux_source source;
    uint8_t id[linux_journal_id];
    uint8_t path[linux_journal_path];
};

struct loop {
    atomic_bool is_reading;
    bool is_reader_blamed;
    struct linux_source reader;
    struct entry entries[linux_journal_entries];
};

struct block {
    struct linux_source source;
    uint64_t until;
};

struct linux_journal {
    size_t size;
    uint32_t loops;
    // The fault. `signal` is claimed by the first thread; `is_noted` says that the rest is written.
    atomic_int signal;
    atomic_bool is_noted;
    int fault_loop;
    void *fault_task;
    // Written by the parent only: an entry is complete before the count says that it is there.
    atomic_uint blocked;
    struct block blocks[linux_journal_blocks];
    struct loop loop[];
};

static inline void set(atomic_bool *flag, bool value) { atomic_store_explicit(flag, value, memory_order_release); }
static inline bool is_set(const atomic_bool *flag) { return atomic_load_explicit(flag, memory_order_acquire); }

static _Thread_local int own_loop = -1;
static _Thread_local void *origin_task;

struct linux_journal *linux_journal_make(uint32_t loops) {
    size_t size = sizeof(struct linux_journal) + loops * sizeof(struct loop);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    struct linux_journal *journal = memory;
    journal->size = size;
    journal->loops = loops;
    return journal;
}

void linux_journal_free(struct linux_journal *journal) { munmap(journal, journal->size); }

void linux_journal_enter(uint32_t loop) { own_loop = (int)loop; }

void linux_journal_begin(
    struct linux_journal *journal, uint32_t loop, uint32_t number, uint8_t method, const void *id, size_t id_count,
    const void *path, size_t path_count, struct linux_source source) {
    struct entry *entry = &journal->loop[loop].entries[number];
    entry->task = entry;
    entry->method = method;
    entry->source = source;
    if (id_count > sizeof entry->id) id_count = sizeof entry->id;
    if (path_count > sizeof entry->path) path_count = sizeof entry->path;
    entry->id_count = (uint8_t)id_count;
    entry->path_count = (uint8_t)path_count;
    memcpy(entry->id, id, id_count);
    memcpy(entry->path, path, path_count);
    set(&entry->is_used, true);
    origin_task = entry;
}

void linux_journal_adopt(struct linux_journal *journal, uint32_t loop, uint32_t number) {
    struct entry *entry = &journal->loop[loop].entries[number];
    // First, so that there is always somebody to lay a fault to.
    entry->task = swift_task_getCurrent ? swift_task_getCurrent() : NULL;
    origin_task = NULL;
}

void linux_journal_end(struct linux_journal *journal, uint32_t loop, uint32_t entry) {
    struct entry *ended = &journal->loop[loop].entries[entry];
    set(&ended->is_used, false);
    if (origin_task == ended) origin_task = NULL;
}

void linux_journal_read(struct linux_journal *journal, uint32_t loop, struct linux_source source, bool is_blamed) {
    struct loop *own = &journal->loop[loop];
    own->reader = source;
    own->is_reader_blamed = is_blamed;
    set(&own->is_reading, true);
}

void linux_journal_rest(struct linux_journal *journal, uint32_t loop) { set(&journal->loop[loop].is_reading, false); }

void *linux_current_task(void) {
    if (origin_task) return origin_task;
    return swift_task_getCurrent ? swift_task_getCurrent() : NULL;
}

void linux_set_origin_task(void *task) { origin_task = task; }

// Faults.

static const int faults[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { fault_count = sizeof faults / sizeof *faults };
static struct sigaction before[fault_count];
static struct linux_journal *watched;

// Only stores, and calls that are safe within a signal.
static void note_fault(int signal, siginfo_t *info, void *context) {
    (void)context;
    int none = 0;
    if (atomic_compare_exchange_strong(&watched->signal, &none, signal)) {
        // Other threads may never have touched the runtime's thread-local storage, which can then need memory.
        bool is_ours = linux_current_loop() || linux_current_pool();
        watched->fault_loop = own_loop;
        watched->fault_task = is_ours ? linux_current_task() : NULL;
        atomic_store(&watched->is_noted, true);
    }
    for (size_t i = 0; i < fault_count; i++)
        if (faults[i] == signal) sigaction(signal, &before[i], NULL);
    // A fault of the processor happens again when this returns. One that was sent does not; it is taken then.
    if (info->si_code <= 0) raise(signal);
}

enum { fault_stack = 65536 };

void *linux_use_fault_stack(void) {
#if __has_feature(address_sanitizer)
    return NULL;  // it brings its own
#else
    // Not thread-local storage, which the C library would fill with zeros: this costs no memory until it is needed.
    void *memory = mmap(NULL, fault_stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    stack_t stack = {.ss_sp = memory, .ss_size = fault_stack};
    sigaltstack(&stack, NULL);
    return memory;
#endif
}

void linux_free_fault_stack(void *memory) {
    if (!memory) return;
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(memory, fault_stack);
}

void linux_journal_watch(struct linux_journal *journal) {
    watched = journal;
    struct sigaction action = {.sa_sigaction = note_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < fault_count; i++) sigaction(faults[i], &action, &before[i]);
    linux_use_fault_stack();
}

struct linux_journal_fault linux_journal_fault(const struct linux_journal *journal) {
    struct linux_journal_fault fault = {.signal = atomic_load(&journal->signal)};
    int loop = journal->fault_loop;
    if (!atomic_load(&journal->is_noted)) return fault;
    fault.has_task = journal->fault_task != NULL;
    if (loop < 0 || (uint32_t)loop >= journal->loops) return fault;
    fault.is_reading = is_set(&journal->loop[loop].is_reading);
    fault.is_reader_blamed = journal->loop[loop].is_reader_blamed;
    fault.reader = journal->loop[loop].reader;
    return fault;
}

bool linux_journal_request(
    const struct linux_journal *journal, uint32_t loop, uint32_t number, struct linux_journal_request *request) {
    if (loop >= journal->loops || number >= linux_journal_entries) return false;
    const struct entry *entry = &journal->loop[loop].entries[number];
    if (!is_set(&entry->is_used)) return false;
    request->method = entry->method;
    request->source = entry->source;
    request->id_count = entry->id_count;
    request->path_count = entry->path_count;
    memcpy(request->id, entry->id, sizeof entry->id);
    memcpy(request->path, entry->path, sizeof entry->path);
    request->is_culprit =
        atomic_load(&journal->is_noted) && entry->task && entry->task == journal->fault_task;
    return true;
}

void linux_journal_clear(struct linux_journal *journal) {
    for (uint32_t loop = 0; loop < journal->loops; loop++) {
        set(&journal->loop[loop].is_reading, false);
        for (size_t i = 0; i < linux_journal_entries; i++)
            // Read before written, so that pages nobody used stay without memory.
            if (is_set(&journal->loop[loop].entries[i].is_used)) set(&journal->loop[loop].entries[i].is_used, false);
    }
    journal->fault_task = NULL;
    journal->fault_loop = -1;
    atomic_store(&journal->is_noted, false);
    atomic_store(&journal->signal, 0);
}

// Blocks.

static bool is_same(struct linux_source left, struct linux_source right) {
    return left.kind == right.kind && left.high == right.high && left.low == right.low;
}

void linux_journal_block(struct linux_journal *journal, struct linux_source source, uint64_t until) {
    unsigned count = atomic_load(&journal->blocked), place = 0;
    for (unsigned i = 0; i < count; i++) {
        if (is_same(journal->blocks[i].source, source)) {
            journal->blocks[i].until = until;
            return;
        }
        if (journal->blocks[i].until < journal->blocks[place].until) place = i;
    }
    if (count < linux_journal_blocks) place = count;
    journal->blocks[place] = (struct block){.source = source, .until = until};
    if (count < linux_journal_blocks) atomic_store(&journal->blocked, count + 1);
}

bool linux_journal_is_blocked(const struct linux_journal *journal, struct linux_source source, uint64_t now) {
    unsigned count = atomic_load_explicit(&journal->blocked, memory_order_acquire);
    for (unsigned i = 0; i < count; i++)
        if (is_same(journal->blocks[i].source, source)) return now < journal->blocks[i].until;
    return false;
}
