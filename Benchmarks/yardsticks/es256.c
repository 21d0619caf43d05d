// Verifies one ES256 signature again and again, with everything set up beforehand, and says how often in a second
// of its processor time.
//
//   es256 SECONDS OCTETS      the length of the signed message
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void must(int is_good) {
    if (is_good) return;
    fputs("OpenSSL refused\n", stderr);
    exit(1);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    double seconds = atof(arguments[1]);
    size_t length = strtoul(arguments[2], NULL, 10);
    unsigned char *message = malloc(length), digest[32], signature[80];
    size_t signature_length = sizeof signature;
    memset(message, 'a', length);

    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_MD *algorithm = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    EVP_MD_CTX *digester = EVP_MD_CTX_new();
    EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    EVP_PKEY_CTX *verifier = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    must(EVP_Digest(message, length, digest, NULL, algorithm, NULL) == 1);
    must(EVP_PKEY_sign_init(signer) == 1 && EVP_PKEY_verify_init(verifier) == 1);
    must(EVP_PKEY_sign(signer, signature, &signature_length, digest, sizeof digest) == 1);
    must(EVP_DigestInit_ex2(digester, algorithm, NULL) == 1);

    long done = 0;
    double start = now(), end;
    do {
        for (int round = 0; round < 100; round++, done++) {
            must(EVP_DigestInit_ex2(digester, NULL, NULL) == 1);
            must(EVP_DigestUpdate(digester, message, length) == 1);
            must(EVP_DigestFinal_ex(digester, digest, NULL) == 1);
            must(EVP_PKEY_verify(verifier, signature, signature_length, digest, sizeof digest) == 1);
        }
        end = now();
    } while (end - start < seconds);
    printf("%.1f\n", done / (end - start));
    return 0;
}
