#include "CAssets.h"

// `#embed` is C23; the package's other C is older, and the compiler takes it as an extension there.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char common_passwords[] = {
#embed "common-passwords.txt"
};

static const unsigned char docs_page[] = {
#embed "docs/index.html"
};

static const unsigned char docs_script[] = {
#embed "docs/app.js"
};

static const unsigned char docs_style[] = {
#embed "docs/style.css"
};

static const unsigned char pages_style[] = {
#embed "pages/style.css"
};

static const unsigned char pages_work[] = {
#embed "pages/work.js"
};

const unsigned char *assets_common_passwords(size_t *count) {
    *count = sizeof common_passwords;
    return common_passwords;
}

const unsigned char *assets_docs_page(size_t *count) {
    *count = sizeof docs_page;
    return docs_page;
}

const unsigned char *assets_docs_script(size_t *count) {
    *count = sizeof docs_script;
    return docs_script;
}

const unsigned char *assets_docs_style(size_t *count) {
    *count = sizeof docs_style;
    return docs_style;
}

const unsigned char *assets_pages_style(size_t *count) {
    *count = sizeof pages_style;
    return pages_style;
}

const unsigned char *assets_pages_work(size_t *count) {
    *count = sizeof pages_work;
    return pages_work;
}
