#include "syscall/agent_place.h"
/* The agent's image: at a fixed address, nothing to relocate, nothing to write. */
ENTRY(agent_entry)
agent_window = AGENT_WINDOW;
agent_world = AGENT_WORLD;
agent_texts = AGENT_TEXTS;
agent_saved = AGENT_SAVED;
agent_goes_on = AGENT_STACK - 16; /* where it goes on when rdtsc was answered or code edited */
SECTIONS
{
	. = AGENT_BASE;
	.all : {
		KEEP(*(.image))
		*(.text .text.*)
		*(.rodata .rodata.*)
		*(.data.rel.ro .data.rel.ro.* .got .got.*)
	}
	.written : { *(.data .data.* .bss .bss.* COMMON) }
	ASSERT(SIZEOF(.written) == 0, "the agent has writable data")
	ASSERT(SIZEOF(.all) <= AGENT_CODE_SIZE, "the agent is too large")
	/DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame .eh_frame_hdr) *(.debug_*) }
}
