#include "CAssets.h"

// `#embed` is C23; the package's other C is older, and the compiler takes it as an extension there.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char common_passwords[] = {
#embed "common-passwords.txt"
};

const unsigned char *assets_common_passwords(size_t *count) {
    *count = sizeof common_passwords;
    return common_passwords;
}
