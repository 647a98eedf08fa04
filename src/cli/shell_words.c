/* shell_words.c: quoting for sh. */
#include "cli/shell_words.h"

#include <string.h>

#include "base/mem.h"

void shell_put_word(const char *word, FILE *f)
{
	if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%") == strlen(word)) {
		fputs(word, f);
		return;
	}
	fputc('\'', f);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", f);
		else
			fputc(*word, f);
	}
	fputc('\'', f);
}

char *shell_words(char *const *words)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	for (char *const *w = words; f && w && *w; w++) {
		if (w != words)
			fputc(' ', f);
		shell_put_word(*w, f);
	}
	if (f)
		fclose(f);
	return text ? text : xstrdup("");
}
