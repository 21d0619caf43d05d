// Large pages for the memory of password hashes.
//
// Argon2id needs 19 MiB, and libsodium asks the kernel for them anew at each hash: 4,864 pages of 4 KiB that are made,
// cleared and taken back, which costs about as much as the hash itself. Where the kernel has pages of 2 MiB for whoever
// asks (/sys/kernel/mm/transparent_hugepage/enabled is "madvise" or "always"), ten do. libsodium does not ask, and
// offers no way to give it memory. So the program has a `mmap` of its own, which the linker puts before the C library's
// for all libraries. It does what the system call does, and asks for large pages where the request is of libsodium's
// kind: private, without a file, to be filled at once, and large. Nothing is kept from one hash to the next.
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1  // which has to see every mapping
#endif
#endif

#if defined(__LP64__) && !defined(HAS_SANITIZER)
static const size_t large = 4 << 20;

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
    static const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    int is_for_hash = length >= large && address == NULL && (flags & (kind | MAP_FIXED | MAP_HUGETLB)) == kind;
    // Filling at once would come before the advice: the pages come when they are first written to.
    int wanted = is_for_hash ? flags & ~MAP_POPULATE : flags;
    void *memory = (void *)syscall(SYS_mmap, address, length, protection, wanted, file, offset);
    // Refused where the kernel was built without large pages; then they are small.
    if (is_for_hash && memory != MAP_FAILED) madvise(memory, length, MADV_HUGEPAGE);
    return memory;
}
#endif
