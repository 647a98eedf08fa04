/* image.S: the agent's image in the supervisor, which writes it into the file that guests map. */
	.section .rodata
	.balign 16
	.globl agent_image_begin, agent_image_end
agent_image_begin:
	.incbin "agent.bin"
agent_image_end:
	.byte 0
	.section .note.GNU-stack, "", @progbits
