/* decode.c: one instruction: what it is, what replaces it. See insn.h. */
#include "insn/insn.h"

#include <string.h>

#include <Zydis/Zydis.h>

/* Vectors without a gate for user mode: INT raises a general protection fault, at the INT itself. */
enum { INT = 0xcd, VECTOR_CPUID = 0xa2, VECTOR_GROUP9 = 0xe8 /* .. 0xeb: so many prefixes follow */, VECTOR_XGETBV = 0xd0, VECTOR_XBEGIN = 0xf8,
	VECTOR_RDTSC = 0x31, VECTOR_RDTSCP = 0xf9 };

static const ZydisDecoder *decoder(void)
{
	static ZydisDecoder d;
	static bool ready;

	if (!ready) {
		ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
		ready = true;
	}
	return &d;
}

uintptr_t insn_decoder(void)
{
	return (uintptr_t)ZydisDecoderDecodeInstruction;
}

enum insn_kind insn_decode(const uint8_t *code, size_t n, size_t *ret_len)
{
	ZydisDecodedInstruction i;

	*ret_len = 0;
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(), NULL, code, n, &i)))
		return INSN_NONE;
	*ret_len = i.length;
	switch (i.mnemonic) {
	case ZYDIS_MNEMONIC_CPUID: return INSN_CPUID;
	case ZYDIS_MNEMONIC_RDRAND: return INSN_RDRAND;
	case ZYDIS_MNEMONIC_RDSEED: return INSN_RDSEED;
	case ZYDIS_MNEMONIC_RDPID: return INSN_RDPID;
	case ZYDIS_MNEMONIC_XGETBV: return INSN_XGETBV;
	case ZYDIS_MNEMONIC_XBEGIN: return INSN_XBEGIN;
	case ZYDIS_MNEMONIC_RDTSC: return INSN_RDTSC;
	case ZYDIS_MNEMONIC_RDTSCP: return INSN_RDTSCP;
	case ZYDIS_MNEMONIC_SYSCALL:
	case ZYDIS_MNEMONIC_SYSENTER:
	case ZYDIS_MNEMONIC_INT:
	case ZYDIS_MNEMONIC_INT1:
	case ZYDIS_MNEMONIC_INT3: return INSN_CALLS;
	default: return INSN_NONE;
	}
}

enum insn_flags insn_moves_flags(const uint8_t *code, size_t n, unsigned *ret_width)
{
	ZydisDecodedInstruction i;

	*ret_width = 0;
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(), NULL, code, n, &i)))
		return INSN_FLAGS_NONE;
	*ret_width = i.operand_width / 8;
	switch (i.mnemonic) {
	case ZYDIS_MNEMONIC_PUSHF:
	case ZYDIS_MNEMONIC_PUSHFQ: return INSN_FLAGS_PUSHED;
	case ZYDIS_MNEMONIC_POPF:
	case ZYDIS_MNEMONIC_POPFQ: return INSN_FLAGS_POPPED;
	case ZYDIS_MNEMONIC_IRET:
	case ZYDIS_MNEMONIC_IRETD:
	case ZYDIS_MNEMONIC_IRETQ: return INSN_FLAGS_RETURNED;
	default: return INSN_FLAGS_NONE;
	}
}

bool insn_is_plausible(const uint8_t *code, size_t n, size_t *ret_len)
{
	ZydisDecodedInstruction i;

	*ret_len = 0;
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(), NULL, code, n, &i)))
		return false;
	*ret_len = i.length;
	return !(i.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) && i.mnemonic != ZYDIS_MNEMONIC_IN && i.mnemonic != ZYDIS_MNEMONIC_OUT;
}

bool insn_ends_flow(const uint8_t *code, size_t n)
{
	ZydisDecodedInstruction i;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(), NULL, code, n, &i)))
		return false;
	return i.meta.category == ZYDIS_CATEGORY_RET || i.meta.category == ZYDIS_CATEGORY_UNCOND_BR || i.mnemonic == ZYDIS_MNEMONIC_UD2 ||
		i.mnemonic == ZYDIS_MNEMONIC_INT3;
}

/* Its operand in memory is named by the distance from its end. */
static bool names_by_distance(const ZydisDecodedInstruction *i)
{
	return (i->attributes & ZYDIS_ATTRIB_HAS_MODRM) && i->raw.modrm.mod == 0 && i->raw.modrm.rm == 5 && i->raw.disp.size == 32;
}

bool insn_may_move(const uint8_t *code, size_t n)
{
	ZydisDecodedInstruction i;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(), NULL, code, n, &i)) || (i.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) || i.address_width != 64 ||
	    ((i.attributes & ZYDIS_ATTRIB_IS_RELATIVE) && !names_by_distance(&i)))
		return false;
	switch (i.meta.category) {
	case ZYDIS_CATEGORY_BINARY:
	case ZYDIS_CATEGORY_BITBYTE:
	case ZYDIS_CATEGORY_CMOV:
	case ZYDIS_CATEGORY_DATAXFER:
	case ZYDIS_CATEGORY_LOGICAL:
	case ZYDIS_CATEGORY_ROTATE:
	case ZYDIS_CATEGORY_SETCC:
	case ZYDIS_CATEGORY_SHIFT:
		return true;
	default:
		return false;
	}
}

enum insn_names insn_names(const uint8_t *code, size_t n)
{
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];
	enum insn_names ret = INSN_NAMES_OWN;
	ZydisDecodedInstruction i;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(decoder(), code, n, &i, o)))
		return INSN_NAMES_ANY;
	for (unsigned k = 0; k < i.operand_count; k++) {
		if (o[k].type != ZYDIS_OPERAND_TYPE_MEMORY || o[k].mem.type == ZYDIS_MEMOP_TYPE_AGEN)
			continue;
		if (o[k].mem.index != ZYDIS_REGISTER_NONE || (o[k].mem.segment == ZYDIS_REGISTER_FS || o[k].mem.segment == ZYDIS_REGISTER_GS))
			return INSN_NAMES_ANY;
		if (o[k].mem.base == ZYDIS_REGISTER_RBP)
			ret = INSN_NAMES_FRAME;
		else if (o[k].mem.base != ZYDIS_REGISTER_RSP && o[k].mem.base != ZYDIS_REGISTER_RIP)
			return INSN_NAMES_ANY;
	}
	return ret;
}

bool insn_move(const uint8_t *code, size_t n, int64_t by, uint8_t ret[INSN_MOST])
{
	ZydisDecodedInstruction i;
	int32_t distance;
	int64_t moved;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(), NULL, code, n, &i)))
		return false;
	memcpy(ret, code, i.length);
	if (!names_by_distance(&i))
		return true;
	memcpy(&distance, code + i.raw.disp.offset, sizeof(distance));
	moved = distance - by;
	if (moved != (int32_t)moved)
		return false;
	distance = (int32_t)moved;
	memcpy(ret + i.raw.disp.offset, &distance, sizeof(distance));
	return true;
}

static bool is_prefix(uint8_t b)
{
	return b == 0x66 || b == 0xf2 || b == 0xf3 || (b & 0xf0) == 0x40;
}

bool insn_make_trap(enum insn_kind kind, const uint8_t *code, size_t len, uint8_t ret[INSN_TRAP_MOST])
{
	struct insn_trap check;
	size_t prefixes = 0;

	if (len < 2 || len > INSN_TRAP_MOST)
		return false;
	memcpy(ret, code, len);
	ret[0] = INT;
	switch (kind) {
	case INSN_CPUID:
		ret[1] = VECTOR_CPUID;
		return len == 2;
	case INSN_XGETBV:
		ret[1] = VECTOR_XGETBV;
		return len == 3;
	case INSN_RDTSC:
		ret[1] = VECTOR_RDTSC;
		return len == 2;
	case INSN_RDTSCP:
		ret[1] = VECTOR_RDTSCP;
		return len == 3;
	case INSN_XBEGIN:
		ret[1] = VECTOR_XBEGIN;
		return len == 6;
	case INSN_RDRAND:
	case INSN_RDSEED:
	case INSN_RDPID:
		while (prefixes < len && is_prefix(code[prefixes]))
			prefixes++;
		if (prefixes + 3 != len || prefixes > 3)
			return false;
		ret[1] = (uint8_t)(VECTOR_GROUP9 + prefixes);
		memcpy(ret + 2, code, prefixes);
		ret[len - 1] = code[len - 1];
		return insn_read_trap(ret, len, &check) && check.kind == kind && check.len == len;
	default:
		return false;
	}
}

/* Prefixes, then a ModRM byte that names a register; the prefixes mean what they mean before 0F C7. */
static bool read_group9(const uint8_t *code, size_t n, struct insn_trap *ret)
{
	bool repeat = false, word = false;
	uint8_t rex = 0, modrm;
	size_t end = 2 + (size_t)(code[1] - VECTOR_GROUP9);

	if (end >= n || code[end] < 0xf0)
		return false;
	for (size_t k = 2; k < end; k++) {
		if (!is_prefix(code[k]))
			return false;
		repeat |= code[k] == 0xf3;
		word |= code[k] == 0x66;
		rex = (code[k] & 0xf0) == 0x40 ? code[k] : 0;
	}
	modrm = code[end];
	ret->kind = (modrm & 0x38) == 0x30 ? INSN_RDRAND : repeat ? INSN_RDPID : INSN_RDSEED;
	ret->len = (uint8_t)(end + 1);
	ret->reg = (uint8_t)((modrm & 7) | (rex & 1) << 3);
	ret->bits = ret->kind == INSN_RDPID || (rex & 8) ? 64 : word ? 16 : 32;
	return true;
}

bool insn_read_trap(const uint8_t *code, size_t n, struct insn_trap *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (n < 2 || code[0] != INT)
		return false;
	switch (code[1]) {
	case VECTOR_CPUID:
		ret->kind = INSN_CPUID;
		ret->len = 2;
		return true;
	case VECTOR_XGETBV:
		ret->kind = INSN_XGETBV;
		ret->len = 3;
		return n >= 3 && code[2] == 0xd0;
	case VECTOR_RDTSC:
		ret->kind = INSN_RDTSC;
		ret->len = 2;
		return true;
	case VECTOR_RDTSCP:
		ret->kind = INSN_RDTSCP;
		ret->len = 3;
		return n >= 3 && code[2] == 0xf9;
	case VECTOR_XBEGIN:
		ret->kind = INSN_XBEGIN;
		ret->len = 6;
		if (n < 6)
			return false;
		memcpy(&ret->target, code + 2, sizeof(ret->target));
		return true;
	case VECTOR_GROUP9 ... VECTOR_GROUP9 + 3:
		return read_group9(code, n, ret);
	default:
		return false;
	}
}

bool insn_as_trap(const uint8_t *code, size_t n, struct insn_trap *ret)
{
	uint8_t trap[INSN_TRAP_MOST];
	size_t len;
	enum insn_kind kind = insn_decode(code, n, &len);

	return insn_make_trap(kind, code, len, trap) && insn_read_trap(trap, len, ret);
}
