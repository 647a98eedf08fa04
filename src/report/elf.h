/* elf.h: as much of ELF (64 bit, little endian) as it takes to say where two programs differ. Input is not trusted. */
#ifndef DETBUILD_REPORT_ELF_H
#define DETBUILD_REPORT_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool elf_is(const uint8_t *p, size_t n);
/* Name of the section that holds file offset `at`; "ELF header" and the like outside any section. ret is always filled. */
void elf_section_at(const uint8_t *p, size_t n, size_t at, char *ret, size_t ret_size);
/* True when a and b differ, and only inside sections that identify a build without being part of the program:
 * .note.gnu.build-id, .gnu_debuglink (name and checksum of the separate debugging file) and .gnu_debugaltlink (name and build-id of
 * the debugging file that several programs share). */
bool elf_differs_in_id_only(const uint8_t *a, size_t an, const uint8_t *b, size_t bn);
/* Offset of the first difference outside those sections, when a and b are ELF files of one size; else `otherwise`. */
size_t elf_first_difference(const uint8_t *a, size_t an, const uint8_t *b, size_t bn, size_t otherwise);

/* Two texts in files: runs of printable bytes. */
struct elf_texts { size_t at[2], len[2]; char section[64]; };
/* The first text of the constants (.rodata and the like, then .comment, which names the compiler) that is not the same in both files; what is
 * no text (addresses, sizes) moves with it and tells nothing. False: there is none. */
bool elf_first_text(const uint8_t *a, size_t an, const uint8_t *b, size_t bn, struct elf_texts *ret);

#endif
