/* hash.h: SHA-256 through libcrypto. Hex strings are lower case, 64 characters and a NUL. */
#ifndef DETBUILD_BASE_HASH_H
#define DETBUILD_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct sha256 { uint8_t b[32]; };
struct sha256_ctx;                                     /* opaque: EVP_MD_CTX */

struct sha256_ctx *sha256_begin(void);
void sha256_add(struct sha256_ctx *c, const void *p, size_t n);
struct sha256 sha256_end(struct sha256_ctx *c);        /* frees c */
struct sha256 sha256_of(const void *p, size_t n);
int sha256_of_fd(int fd, struct sha256 *ret, uint64_t *ret_size); /* reads to the end; 0 or -errno */
void sha256_hex(const struct sha256 *h, char ret[65]);
enum { SHA256_BASE64 = 45 };                           /* with the NUL */
void sha256_base64(const struct sha256 *h, char ret[SHA256_BASE64]);
int sha256_parse(const char *hex, struct sha256 *ret); /* the 64 digits at hex, whatever follows; 0 or -EINVAL */

#endif
