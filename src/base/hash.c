/* hash.c: SHA-256 through libcrypto's EVP interface, which picks the CPU's SHA instructions.
 *
 * 1. libcrypto can only fail here for want of memory or a broken installation: that is die(), not an error. */
#include "base/hash.h"

#include <errno.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/library.h"
#include "base/log.h"
#include "base/mem.h"

#define CALLS(X) \
	X(EVP_MD_CTX_new) X(EVP_MD_CTX_free) X(EVP_sha256) X(EVP_DigestInit_ex) X(EVP_DigestUpdate) X(EVP_DigestFinal_ex) X(EVP_EncodeBlock)
static struct { CALLS(LIBRARY_POINTER) } crypto;

static void need_crypto(void)
{
	static const char *const names[] = { CALLS(LIBRARY_NAME) };

	library_need(LIBRARY_CRYPTO, names, ARRAY_SIZE(names), &crypto);
}

enum { CHUNK = 64 * 1024 };

static EVP_MD_CTX *evp(struct sha256_ctx *c)
{
	return (EVP_MD_CTX *)c;
}

struct sha256_ctx *sha256_begin(void)
{
	EVP_MD_CTX *c;

	need_crypto();
	c = crypto.EVP_MD_CTX_new();
	if (!c || crypto.EVP_DigestInit_ex(c, crypto.EVP_sha256(), NULL) != 1)
		die("libcrypto does not give SHA-256");
	return (struct sha256_ctx *)c;
}

void sha256_add(struct sha256_ctx *c, const void *p, size_t n)
{
	if (crypto.EVP_DigestUpdate(evp(c), p, n) != 1)
		die("libcrypto failed to hash");
}

struct sha256 sha256_end(struct sha256_ctx *c)
{
	struct sha256 h;

	if (crypto.EVP_DigestFinal_ex(evp(c), h.b, NULL) != 1)
		die("libcrypto failed to hash");
	crypto.EVP_MD_CTX_free(evp(c));
	return h;
}

struct sha256 sha256_of(const void *p, size_t n)
{
	struct sha256_ctx *c = sha256_begin();

	sha256_add(c, p, n);
	return sha256_end(c);
}

int sha256_of_fd(int fd, struct sha256 *ret, uint64_t *ret_size)
{
	struct sha256_ctx *c = sha256_begin();
	uint8_t buf[CHUNK];
	uint64_t size = 0;
	struct sha256 h;
	ssize_t n;
	int err = 0;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = -errno;
			break;
		}
		sha256_add(c, buf, (size_t)n);
		size += (uint64_t)n;
	}
	h = sha256_end(c);
	if (err)
		return err;
	*ret = h;
	if (ret_size)
		*ret_size = size;
	return 0;
}

void sha256_hex(const struct sha256 *h, char ret[65])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(h->b); i++) {
		ret[2 * i] = digits[h->b[i] >> 4];
		ret[2 * i + 1] = digits[h->b[i] & 15];
	}
	ret[64] = '\0';
}

int sha256_parse(const char *hex, struct sha256 *ret)
{
	struct sha256 h = { { 0 } };

	for (size_t i = 0; i < 2 * sizeof(h.b); i++) {
		int digit = hex[i] >= '0' && hex[i] <= '9' ? hex[i] - '0' : hex[i] >= 'a' && hex[i] <= 'f' ? hex[i] - 'a' + 10 : -1;

		if (digit < 0)
			return -EINVAL;
		h.b[i / 2] = (uint8_t)(h.b[i / 2] << 4 | digit);
	}
	*ret = h;
	return 0;
}

void sha256_base64(const struct sha256 *h, char ret[SHA256_BASE64])
{
	need_crypto();
	crypto.EVP_EncodeBlock((unsigned char *)ret, h->b, sizeof(h->b));
}
