/* shell_words.h: words as a shell takes them. */
#ifndef DETBUILD_CLI_SHELL_WORDS_H
#define DETBUILD_CLI_SHELL_WORDS_H

#include <stdio.h>

void shell_put_word(const char *word, FILE *f);
char *shell_words(char *const *words); /* one line; malloc'ed */

#endif
