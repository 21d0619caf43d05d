#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <errno.h>
#include <sys/socket.h>

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

/// Everything that verifying ECDSA with SHA-256 needs besides signature and message, to be used again and again.
struct shim_verification {
    EVP_PKEY_CTX *key;
    EVP_MD_CTX *digest;
};

static inline void shim_verification_free(struct shim_verification *verification) {
    if (verification == NULL) return;
    EVP_PKEY_CTX_free(verification->key);
    EVP_MD_CTX_free(verification->digest);
    OPENSSL_free(verification);
}

/// Keeps the key alive. NULL when OpenSSL refuses.
static inline struct shim_verification *shim_verification_new(EVP_PKEY *key) {
    struct shim_verification *made = (struct shim_verification *)OPENSSL_zalloc(sizeof *made);
    EVP_MD *algorithm = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    if (made != NULL) {
        made->key = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
        made->digest = EVP_MD_CTX_new();
        if (algorithm == NULL || made->key == NULL || made->digest == NULL || EVP_PKEY_verify_init(made->key) != 1 ||
            EVP_DigestInit_ex2(made->digest, algorithm, NULL) != 1) {
            shim_verification_free(made);
            made = NULL;
        }
    }
    EVP_MD_free(algorithm);
    return made;
}

/// 1 for a good signature in DER; anything else is none.
static inline int shim_verify(struct shim_verification *verification, const void *signature, size_t signature_count,
                              const void *message, size_t message_count) {
    unsigned char digest[32];
    if (EVP_DigestInit_ex2(verification->digest, NULL, NULL) != 1 ||
        EVP_DigestUpdate(verification->digest, message, message_count) != 1 ||
        EVP_DigestFinal_ex(verification->digest, digest, NULL) != 1) return 0;
    return EVP_PKEY_verify(verification->key, (const unsigned char *)signature, signature_count, digest, sizeof digest);
}

/// A fresh RSA key with exponent 65537. In C, because OpenSSL's function takes any number of arguments.
static inline EVP_PKEY *shim_rsa_generate(int bits) {
    return EVP_RSA_gen((unsigned int)bits);
}

// A socket as OpenSSL sees it. OpenSSL's own would raise SIGPIPE, and does not say whether a read found it empty.

struct shim_socket {
    int descriptor;
    /// The last read found nothing, or the end: there is an event when there is more.
    int is_drained;
    /// The last read took everything. Holds until the next event, which its owner has to say.
    int is_emptied;
};

static inline int shim_socket_read(BIO *bio, char *bytes, int count) {
    struct shim_socket *own = (struct shim_socket *)BIO_get_data(bio);
    ssize_t result;
    do result = recv(own->descriptor, bytes, (size_t)count, 0);
    while (result < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    own->is_drained = result < 0 && errno == EAGAIN;
    if (own->is_drained) BIO_set_retry_read(bio);
    own->is_emptied = result > 0 && result < count;
    if (result == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return (int)result;
}

static inline int shim_socket_write(BIO *bio, const char *bytes, int count) {
    struct shim_socket *own = (struct shim_socket *)BIO_get_data(bio);
    ssize_t result;
    do result = send(own->descriptor, bytes, (size_t)count, MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    if (result < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
    return (int)result;
}

static inline long shim_socket_control(BIO *bio, int command, long number, void *pointer) {
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH;
}

static inline int shim_socket_destroy(BIO *bio) {
    OPENSSL_free(BIO_get_data(bio));
    return 1;
}

/// Made once and shared by all connections.
static inline BIO_METHOD *shim_socket_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == NULL) return NULL;
    BIO_meth_set_read(method, shim_socket_read);
    BIO_meth_set_write(method, shim_socket_write);
    BIO_meth_set_ctrl(method, shim_socket_control);
    BIO_meth_set_destroy(method, shim_socket_destroy);
    return method;
}

/// A server's side of TLS over a socket, which stays the caller's to close. NULL when there is no memory.
static inline SSL *shim_tls_new(SSL_CTX *context, BIO_METHOD *method, int descriptor) {
    SSL *ssl = SSL_new(context);
    BIO *bio = BIO_new(method);
    struct shim_socket *own = (struct shim_socket *)OPENSSL_zalloc(sizeof *own);
    if (ssl == NULL || bio == NULL || own == NULL) {
        OPENSSL_free(own);
        BIO_free(bio);
        SSL_free(ssl);
        return NULL;
    }
    own->descriptor = descriptor;
    BIO_set_data(bio, own);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    return ssl;
}

static inline int shim_tls_is_drained(SSL *ssl) {
    return ((struct shim_socket *)BIO_get_data(SSL_get_rbio(ssl)))->is_drained;
}

/// There is an event for whatever the client sends next: nothing of it is in the socket, or read ahead.
static inline int shim_tls_is_emptied(SSL *ssl) {
    return ((struct shim_socket *)BIO_get_data(SSL_get_rbio(ssl)))->is_emptied && !SSL_has_pending(ssl);
}

static inline void shim_tls_more_came(SSL *ssl) {
    ((struct shim_socket *)BIO_get_data(SSL_get_rbio(ssl)))->is_emptied = 0;
}

/// RFC 7301 section 3.2: whoever offers protocols and not this one is refused.
static inline int shim_choose_http11(SSL *ssl, const unsigned char **chosen, unsigned char *count,
                                     const unsigned char *offered, unsigned int size, void *nothing) {
    static const unsigned char spoken[] = "\x08http/1.1";
    (void)ssl;
    (void)nothing;
    return SSL_select_next_proto((unsigned char **)chosen, count, spoken, sizeof spoken - 1, offered, size) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// A context for a server, with everything decided except the certificate. NULL when OpenSSL refuses.
///
/// In C, because most of these are macros.
static inline SSL_CTX *shim_tls_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // A read returns after each record, so that a client which sends only key updates has its turn and no more.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(context, 1);
    // Sessions are resumed by tickets, which take no memory here; their keys die with the context.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_alpn_select_cb(context, shim_choose_http11, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_session_id_context(context, (const unsigned char *)"aldrava", 7) != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1 ||
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
        SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                         "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                         "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305") != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

/// Calls `choose` for every greeting, with or without a name in it.
static inline void shim_tls_on_name(SSL_CTX *context, int (*choose)(SSL *, int *, void *), void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, choose);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

static inline int shim_tls_add_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline BIO *shim_bytes(const void *bytes, int count) { return BIO_new_mem_buf(bytes, count); }

/// A passphrase is never asked for: nobody sits at the server's terminal.
static inline int shim_no_passphrase(char *buffer, int size, int is_writing, void *nothing) {
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)nothing;
    return -1;
}

static inline EVP_PKEY *shim_read_key(BIO *bytes) {
    return PEM_read_bio_PrivateKey(bytes, NULL, shim_no_passphrase, NULL);
}

static inline X509 *shim_read_certificate(BIO *bytes) {
    return PEM_read_bio_X509(bytes, NULL, shim_no_passphrase, NULL);
}

/// The certificate's alternative names, to be freed; NULL when it has none.
static inline GENERAL_NAMES *shim_names(X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline void shim_free_names(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

/// How many bytes the DNS name at `index` has, which `bytes` is pointed at; 0 for another kind, -1 after the last.
static inline int shim_name(GENERAL_NAMES *names, int index, const unsigned char **bytes) {
    if (index >= sk_GENERAL_NAME_num(names)) return -1;
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name->type != GEN_DNS) return 0;
    *bytes = ASN1_STRING_get0_data(name->d.dNSName);
    return ASN1_STRING_length(name->d.dNSName);
}

/// The reason of the oldest error of this thread, 0 for none, and its words, or NULL.
static inline int shim_first_error(const char **words) {
    unsigned long code = ERR_peek_error();
    *words = ERR_reason_error_string(code);
    return code == 0 ? 0 : ERR_GET_REASON(code);
}

static const int shim_reason_http_request = SSL_R_HTTP_REQUEST;
static const int shim_reason_truncated = SSL_R_UNEXPECTED_EOF_WHILE_READING;
