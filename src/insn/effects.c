/* effects.c: effects of instructions, from the decoder's description of operands. Whatever is in doubt is "not understood". */
#include "insn/effects.h"

#include <string.h>

#include <Zydis/Zydis.h>

static uint32_t bit_of(ZydisRegister r)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, r);

	if (whole == ZYDIS_REGISTER_NONE) /* some are parts of nothing */
		whole = r;
	if (whole == ZYDIS_REGISTER_NONE)
		return 0;
	switch (ZydisRegisterGetClass(whole)) {
	case ZYDIS_REGCLASS_GPR64:
		return UINT32_C(1) << ZydisRegisterGetId(whole);
	case ZYDIS_REGCLASS_FLAGS:
		return UINT32_C(1) << EFFECT_FLAGS;
	case ZYDIS_REGCLASS_IP:
	case ZYDIS_REGCLASS_SEGMENT:
		return 0;
	default:
		return UINT32_C(1) << EFFECT_OTHER;
	}
}

static bool kills_flags(const ZydisDecodedInstruction *i)
{
	/* Not the auxiliary carry, which many leave undefined: no jump asks for it, and lahf and pushf are not reasoned about. */
	const uint32_t all = ZYDIS_CPUFLAG_CF | ZYDIS_CPUFLAG_PF | ZYDIS_CPUFLAG_ZF | ZYDIS_CPUFLAG_SF | ZYDIS_CPUFLAG_OF;

	return i->cpu_flags && ((i->cpu_flags->modified | i->cpu_flags->set_0 | i->cpu_flags->set_1) & all) == all;
}

static void add_register(const ZydisDecodedInstruction *i, const ZydisDecodedOperand *o, struct insn_effects *e)
{
	uint32_t bit = bit_of(o->reg.value);
	bool whole = ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, o->reg.value) >= 32;

	if (o->actions & ZYDIS_OPERAND_ACTION_MASK_READ)
		e->read |= bit;
	if (!(o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
		return;
	e->write |= bit;
	if (bit == UINT32_C(1) << EFFECT_FLAGS)
		whole = kills_flags(i);
	if ((o->actions & ZYDIS_OPERAND_ACTION_WRITE) && whole && bit != UINT32_C(1) << EFFECT_OTHER)
		e->kill |= bit;
	else
		e->read |= bit; /* some of it stays as it was */
}

static uint64_t value_of(const ZydisDecodedInstruction *i, ZydisRegister r, const struct insn_state *s)
{
	if (r == ZYDIS_REGISTER_RIP)
		return s->rip + i->length;
	return r == ZYDIS_REGISTER_NONE ? 0 : s->reg[ZydisRegisterGetId(r)];
}

static bool add_memory(const ZydisDecodedInstruction *i, const ZydisDecodedOperand *o, const struct insn_state *s, struct insn_effects *e)
{
	uint32_t bits = bit_of(o->mem.base) | bit_of(o->mem.index);
	struct insn_mem m = { .len = o->size / 8 };

	if (o->mem.type == ZYDIS_MEMOP_TYPE_AGEN) {
		e->read |= bits;
		return true;
	}
	if (o->mem.type != ZYDIS_MEMOP_TYPE_MEM || i->address_width != 64 || e->n_mem == INSN_MEMS || !m.len || bits >> 16)
		return false;
	m.at = value_of(i, o->mem.base, s) + value_of(i, o->mem.index, s) * o->mem.scale + (uint64_t)o->mem.disp.value;
	if (o->mem.segment == ZYDIS_REGISTER_FS)
		m.at += s->fs;
	if (o->mem.segment == ZYDIS_REGISTER_GS)
		m.at += s->gs;
	m.read = (o->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
	m.write = (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
	m.sure = (o->actions & ZYDIS_OPERAND_ACTION_WRITE) != 0;
	/* What push and call write lies below the stack pointer that they find. */
	if (o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN && o->mem.base == ZYDIS_REGISTER_RSP && m.write)
		m.at = s->reg[EFFECT_RSP] - m.len;
	e->address |= bits;
	e->mem[e->n_mem++] = m;
	return true;
}

static bool may_be_reasoned_about(const ZydisDecodedInstruction *i)
{
	if (i->attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE))
		return false;
	switch (i->meta.category) {
	case ZYDIS_CATEGORY_SYSTEM:
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_SYSRET:
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_IO:
	case ZYDIS_CATEGORY_IOSTRINGOP:
	case ZYDIS_CATEGORY_STRINGOP:
		return false;
	default:
		break;
	}
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_LAHF:
	case ZYDIS_MNEMONIC_PUSHF:
	case ZYDIS_MNEMONIC_PUSHFQ:
	case ZYDIS_MNEMONIC_POPF:
	case ZYDIS_MNEMONIC_POPFQ:
	case ZYDIS_MNEMONIC_ENTER:
	case ZYDIS_MNEMONIC_LEAVE: /* rare, and its two uses of the stack pointer are told apart badly */
	case ZYDIS_MNEMONIC_RDTSC:
	case ZYDIS_MNEMONIC_RDTSCP:
	case ZYDIS_MNEMONIC_RDRAND:
	case ZYDIS_MNEMONIC_RDSEED:
	case ZYDIS_MNEMONIC_RDPID:
	case ZYDIS_MNEMONIC_CPUID:
	case ZYDIS_MNEMONIC_XGETBV:
		return false;
	default:
		return true;
	}
}

static bool is_control(const ZydisDecodedInstruction *i, const ZydisDecodedOperand *o)
{
	switch (i->meta.category) {
	case ZYDIS_CATEGORY_COND_BR:
	case ZYDIS_CATEGORY_RET:
		return true;
	case ZYDIS_CATEGORY_CALL:
	case ZYDIS_CATEGORY_UNCOND_BR:
		return o[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE;
	default:
		return i->mnemonic == ZYDIS_MNEMONIC_DIV || i->mnemonic == ZYDIS_MNEMONIC_IDIV;
	}
}

bool insn_effects(const uint8_t *code, size_t n, const struct insn_state *s, struct insn_effects *ret)
{
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction i;
	ZydisDecoder d;

	memset(ret, 0, sizeof(*ret));
	if (!ZYAN_SUCCESS(ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) ||
	    !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&d, code, n, &i, o)) || !may_be_reasoned_about(&i))
		return false;
	for (unsigned k = 0; k < i.operand_count; k++) {
		if (o[k].type == ZYDIS_OPERAND_TYPE_REGISTER)
			add_register(&i, &o[k], ret);
		else if (o[k].type == ZYDIS_OPERAND_TYPE_MEMORY && i.meta.category != ZYDIS_CATEGORY_NOP && i.meta.category != ZYDIS_CATEGORY_WIDENOP &&
			 !add_memory(&i, &o[k], s, ret))
			return false;
	}
	ret->control = is_control(&i, o);
	return true;
}
