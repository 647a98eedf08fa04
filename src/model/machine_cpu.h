/* machine_cpu.h: between machine.c and machine_cpu.c only. */
#ifndef DETBUILD_MODEL_MACHINE_CPU_H
#define DETBUILD_MODEL_MACHINE_CPU_H

#include "model/machine.h"
#include "model/out.h"

struct machine_list {
	struct machine_file *files;
	size_t n;
	struct out o;
};

/* A file: begin with (the start of) its path, write more of the path to l->o, text, write the text to l->o, end. */
void machine_begin(struct machine_list *l, const char *path);
void machine_text(struct machine_list *l);
void machine_end(struct machine_list *l);
void machine_add(struct machine_list *l, const char *path, const char *text);

void machine_cpu_files(struct machine_list *l, const struct machine *m);

#endif
