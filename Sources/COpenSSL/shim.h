#pragma once
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/// A P-256 key from an uncompressed point of 65 bytes and, unless it is NULL, its scalar. NULL when OpenSSL refuses.
///
/// In C, because parameters hold the addresses of their names: a Swift string's address is gone after the call.
static inline EVP_PKEY *shim_p256_key(const unsigned char *point, const BIGNUM *scalar) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (context != NULL && builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 65) == 1 &&
        (scalar == NULL || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1) &&
        (parameters = OSSL_PARAM_BLD_to_param(builder)) != NULL && EVP_PKEY_fromdata_init(context) == 1) {
        EVP_PKEY_fromdata(context, &key, scalar == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR, parameters);
    }
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

/// A fresh RSA key with exponent 65537. In C, because OpenSSL's function takes any number of arguments.
static inline EVP_PKEY *shim_rsa_generate(int bits) {
    return EVP_RSA_gen((unsigned int)bits);
}

/// Answers nobody's question: without this OpenSSL asks the terminal.
static inline int shim_no_passphrase(char *buffer, int size, int is_writing, void *context) {
    (void)buffer, (void)size, (void)is_writing, (void)context;
    return -1;
}

/// The first private key of a PEM text; NULL where there is none, and where it is encrypted.
static inline EVP_PKEY *shim_read_private_key(const void *text, int count) {
    BIO *file = BIO_new_mem_buf(text, count);
    if (file == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(file, NULL, shim_no_passphrase, NULL);
    BIO_free(file);
    return key;
}
