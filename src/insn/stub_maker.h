/* stub_maker.h: what both kinds of stubs (stub.h) are made with. For stub.c and stub_calls.c only.
 *
 * Owns: the room behind a segment and the code written into it, the instructions around a site, the no-ops near it, the edits.
 *
 * M1. An edit replaces one whole instruction that was decoded from a known boundary in the segment, or several between which nothing leads
 *     (insn_leads_to), and no two edits overlap; those of an earlier maker (`before`) count as well.
 * M2. What did not fit leaves neither code nor an edit (maker_fits).
 * M3. The file is untrusted: a piece is decoded up to PIECE_MOST bytes of it, and no more than `budget` bytes are looked through for no-ops. */
#ifndef DETBUILD_INSN_STUB_MAKER_H
#define DETBUILD_INSN_STUB_MAKER_H

#include "insn/stub.h"

enum { MAKER_JUMP = 5, MAKER_SHORT = 2 }; /* bytes of a jump, and of a short one */

struct line { uint64_t at; size_t len; };

struct maker {
	const struct insn_elf *elf;
	const uint8_t *file;        /* its bytes */
	size_t n;
	const struct insn_stubs *before;
	struct code_range segment;
	struct insn_stubs *out;
	size_t room;                /* bytes behind the segment */
	bool full;                  /* something did not fit */
	size_t budget;
	struct insn_ways ways;      /* once they were asked for */
	struct code_range piece;    /* of code that was decoded last */
	struct line *lines;
	size_t n_lines, lines_room;
};

void maker_open(struct maker *m, const struct insn_elf *elf, const struct insn_stubs *before, struct insn_stubs *ret);
void maker_close(struct maker *m);
/* What follows is about this segment, and the routines lie behind it. */
void maker_enter(struct maker *m, struct code_range segment);

/* Writing: what does not fit is left out. */
void maker_put(struct maker *m, const void *bytes, size_t n);
void maker_put_byte(struct maker *m, uint8_t b);
void maker_put_long(struct maker *m, uint32_t v);
void maker_put_jump(struct maker *m, uint64_t to);
/* A line that does the same in a routine, and cannot fault there. */
bool maker_may_move(const struct maker *m, const struct line *l);
void maker_put_line(struct maker *m, const struct line *l);
/* Where the next byte goes, as a file offset. */
uint64_t maker_here(const struct maker *m);
/* Whether all fit since the code was `begin` long; else it is so long again. */
bool maker_fits(struct maker *m, size_t begin);

/* Reads the piece of a function around `at`; *ret: which of its lines begins there. False: none does. */
bool maker_line(struct maker *m, uint64_t at, size_t *ret);
/* The same for a place that a piece's last line leads to: whoever describes clone3 in glibc ends before its call. *ret: the lines before it. */
bool maker_behind(struct maker *m, uint64_t at, size_t *ret);
/* What the line puts into register `reg`: 1, a constant; 0, another register's content, *reg; -1, nothing that is known. */
int maker_source(const struct maker *m, const struct line *l, unsigned *reg, uint32_t *ret);
/* An edit is there already. */
bool maker_taken(const struct maker *m, const struct line *l);
/* The first no-op that has room for a jump over a jump and can be reached by a short jump that ends at `end`. */
bool maker_find_pad(struct maker *m, uint64_t end, struct line *ret);
/* Replaces an instruction of MAKER_JUMP bytes or more by a jump, if all fit so far. */
void maker_divert(struct maker *m, const struct line *l, uint64_t to);
/* Line i and those behind it that make up MAKER_JUMP bytes, which can be moved but for the first: as one line, and *ret_n of them. False: something may lead
 * into their middle, or one of them stays. */
bool maker_join(struct maker *m, size_t i, struct line *ret, size_t *ret_n);
/* The same for MAKER_SHORT bytes or more, by way of a no-op. */
void maker_divert_short(struct maker *m, const struct line *l, const struct line *pad, uint64_t to);

#endif
