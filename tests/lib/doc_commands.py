#!/usr/bin/env python3
"""doc_commands.py FILE.md [--with THING]... | --list FILE.md: runs what a document tells its reader to type, and compares.

Every block fenced as ```console is run, in the order of the text, by one bash in the current directory:

    $ command              a command; lines that begin with "> " go on with it (here-documents)
    what it prints         standard output and error; "..." as a line stands for any lines, within a line for any characters
                           (no line at all: it may print anything)

A command must succeed unless the next one looks at $?. Comments before a block change what is done, and no reader sees them:

    <!-- file: NAME -->         the block that follows (of any language) is written to NAME
    <!-- needs: THING ... -->   the console block is run only where every THING was named by --with
    <!-- setup                  commands that a reader need not type, for bash, until
    -->

The first command that fails or prints something else ends it: both texts are shown, exit status 1. A document without a
command that was run is a failure, too.
"""
import re
import shlex
import subprocess
import sys
import tempfile

COMMENT = re.compile(r"<!-- (file|needs): (.*?) -->\s*$")


def steps(text):
    """(line number, kind, payload, things needed): kind is 'run' (command, expected lines), 'file' (name, text), 'setup' (commands)."""
    lines, i = text.split("\n"), 0
    pending = {}
    while i < len(lines):
        line, start = lines[i], i + 1
        i += 1
        if line.strip() == "<!-- setup":
            body = []
            while i < len(lines) and lines[i].strip() != "-->":
                body.append(lines[i])
                i += 1
            i += 1
            yield start, "setup", "\n".join(body), []
            continue
        if (m := COMMENT.match(line.strip())):
            pending[m[1]] = m[2]
            continue
        if (m := re.match(r"(\s*)```(\S*)", line)):
            indent, language, body = len(m[1]), m[2], []
            while i < len(lines) and lines[i].strip() != "```":
                body.append(lines[i][indent:])
                i += 1
            i += 1
            if "file" in pending:
                yield start, "file", (pending["file"], "\n".join(body) + "\n"), []
            elif language == "console":
                yield from console(start, body, pending.get("needs", "").split())
            pending = {}
        elif line.strip():
            pending = {}


def console(start, body, needs):
    command, expected, at = None, [], start
    for number, line in enumerate(body, start + 1):
        if line.startswith("$ "):
            if command is not None:
                yield at, "run", (command, expected), needs
            command, expected, at = line[2:], [], number
        elif command is not None and not expected and (line == ">" or line.startswith("> ")):
            command += "\n" + line[2:]
        elif command is None:
            sys.exit(f"line {number}: a console block begins with a command, '$ ...'")
        else:
            expected.append(line)
    if command is not None:
        yield at, "run", (command, expected), needs


def pattern(expected):
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append("[^\n]*".join(re.escape(piece) for piece in line.split("...")) + "\n")
    return re.compile("".join(parts))


SHELL = r"""
_doc_last=0
_doc_status() { return "$_doc_last"; }
while IFS= read -r -d '' _doc_command <&9; do
	_doc_status
	eval "$_doc_command" >"$DOC_OUTPUT" 2>&1 </dev/null 8>&- 9<&-
	_doc_last=$?
	printf '%s\n' "$_doc_last" >&8
done
"""


class Shell:
    def __init__(self):
        self.output = tempfile.NamedTemporaryFile()
        script = f"DOC_OUTPUT={shlex.quote(self.output.name)}\nexec 8>&1 9<&0\n{SHELL}"
        self.process = subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, command):
        self.process.stdin.write(command.encode() + b"\0")
        self.process.stdin.flush()
        status = self.process.stdout.readline()
        with open(self.output.name, errors="replace") as f:
            text = f.read()
        return (int(status) if status.strip() else -1), text + ("\n" if text and not text.endswith("\n") else "")


def fail(name, line, what, command, printed, expected):
    print(f"{name}:{line}: {what}\n$ {command}\n--- it printed")
    print(printed, end="")
    if expected:
        print("--- the document says\n" + "\n".join(expected))
    sys.exit(1)


def main(arguments):
    having, names, listing = [], [], False
    while arguments:
        word = arguments.pop(0)
        if word == "--with" and arguments:
            having.append(arguments.pop(0))
        elif word == "--list":
            listing = True
        else:
            names.append(word)
    if len(names) != 1 or names[0].startswith("-"):
        sys.exit(__doc__)
    with open(names[0], encoding="utf-8") as f:
        todo = [s for s in steps(f.read()) if listing or all(need in having for need in s[3])]
    if listing:
        print("\n".join(f"{line}: $ {payload[0]}" for line, kind, payload, _ in todo if kind == "run"))
        return
    shell, ran = Shell(), 0
    for k, (line, kind, payload, _) in enumerate(todo):
        if kind == "file":
            with open(payload[0], "w", encoding="utf-8") as f:
                f.write(payload[1])
            continue
        command, expected = (payload, []) if kind == "setup" else payload
        status, printed = shell.run(command)
        follower = next((p[0] for _, kind_, p, _ in todo[k + 1:] if kind_ == "run"), "")
        if status != 0 and not (kind == "run" and "$?" in follower):
            fail(names[0], line, f"ended with status {status}", command, printed, expected)
        if expected and not pattern(expected).fullmatch(printed):
            fail(names[0], line, "printed something else", command, printed, expected)
        ran += kind == "run"
    if ran == 0:
        sys.exit(f"{names[0]}: no command was run")
    print(f"{names[0]}: {ran} commands")


main(sys.argv[1:])
