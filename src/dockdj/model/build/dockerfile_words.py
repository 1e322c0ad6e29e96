"""Words of a Dockerfile as BuildKit's shell lexer reads them: quotes, escapes and substitutions.

A value that is not known before the build makes the words that need it `Unknown`.
"""

import re
from dataclasses import dataclass

from dockdj.errors import ProjectError
from dockdj.model.build import dockerfile_values as values
from dockdj.model.build.dockerfile_values import BadWord, Text, Unknown, Variables

# What Go's unicode.IsSpace takes for a space.
SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# A value that contains values twice doubles with every line. No name of an image is a hundredth of this.
LONGEST_VALUE = 20_000
DEEPEST_NESTING = 100
_SPACE = re.compile(f"([{SPACES}]+)")
# Characters without a meaning here.
_PLAIN = re.compile(r"""[^$'"<\\`}/]+""")
_SPECIAL_PARAMETERS = "@*#?-$!"


@dataclass(frozen=True)
class Reading:
    """The rules of a reading.

    `escape` is the escape character. `raw` keeps quotes and escapes; `raw_quotes` keeps only quotes. `keep_unset`
    leaves substitutions of unset variables in place. `newest` are the rules of BuildKit since 0.22.
    """

    escape: str = "\\"
    raw: bool = False
    raw_quotes: bool = False
    keep_unset: bool = False
    newest: bool = True
    longest: int | None = LONGEST_VALUE


def expanded(word: str, variables: Variables, escape: str) -> Text:
    """The word without quotes and escapes, and with its variables in place. Raises BadWord."""
    return _Lexer(word, variables, Reading(escape)).read(None, False)[0]


def split(text: str, reading: Reading) -> list[str]:
    """The words of a text without any variable. Raises BadWord."""
    return _Lexer(text, {}, reading).read(None, reading.raw)[1]


class _Collector:
    """The words of a text that is being read; `buffer` is the word that is not finished."""

    def __init__(self, buffer: list[str]) -> None:
        self.words: list[str] = []
        self._buffer = buffer
        self._inside = False

    def add(self, text: Text) -> None:
        """Add a text whose spaces end words. A word with an unknown part is never used."""
        for part in _SPACE.split(text) if isinstance(text, str) else ():
            if part and part[0] not in SPACES:
                self.add_raw(part)
            elif part and self._inside and self._buffer:
                self._finish()

    def add_raw(self, text: Text) -> None:
        if isinstance(text, str) and text:
            self._buffer.append(text)
        self._inside = True

    def finished(self) -> list[str]:
        if self._buffer:
            self._finish()
        return self.words

    def _finish(self) -> None:
        self.words.append("".join(self._buffer))
        self._buffer.clear()
        self._inside = False


class _Result:
    """A text that is being put together."""

    def __init__(self, longest: int | None) -> None:
        self._parts: list[str] = []
        self._size = 0
        self._longest = longest
        self._unknown: Unknown | None = None

    def add(self, text: Text) -> None:
        if isinstance(text, Unknown):
            self._unknown = self._unknown or text
            return
        self._parts.append(text)
        self._size += len(text)
        if self._longest is not None and self._size > self._longest:
            raise ProjectError(
                f"`{self.known()[:80]}` has more than {self._longest} characters with its arguments in place",
                hint="correct the Dockerfile's ARG and FROM",
            )

    def known(self) -> str:
        return "".join(self._parts)

    @property
    def text(self) -> Text:
        return self._unknown or self.known()


class _Lexer:
    def __init__(self, source: str, variables: Variables, reading: Reading) -> None:
        # Go's scanner drops a byte order mark.
        self.source = source.removeprefix("\ufeff")
        self.position = 0
        self.variables = variables
        self.reading = reading
        self.raw_escapes = reading.raw
        self.depth = 0
        self.buffer: list[str] = []

    def peek(self) -> str:
        return self.source[self.position : self.position + 1]

    def next(self) -> str:
        character = self.peek()
        self.position += 1
        return character

    def read(self, stop: str | None, raw_escapes: bool) -> tuple[Text, list[str]]:
        """The text up to the character `stop` or the end, and its words."""
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise ProjectError(f"the Dockerfile nests more than {DEEPEST_NESTING} substitutions")
        outer, self.raw_escapes = self.raw_escapes, raw_escapes
        try:
            return self._read(stop)
        finally:
            self.depth -= 1
            self.raw_escapes = outer

    def _read(self, stop: str | None) -> tuple[Text, list[str]]:
        if self.reading.newest:
            # BuildKit since 0.15 has one buffer, so a nested text drops the beginning of the word around it.
            self.buffer.clear()
        collector = _Collector(self.buffer if self.reading.newest else [])
        result = _Result(self.reading.longest)
        while character := self.peek():
            if plain := _PLAIN.match(self.source, self.position):
                self.position = plain.end()
                collector.add(plain[0])
                result.add(plain[0])
            elif character == stop:
                self.position += 1
                return result.text, collector.finished()
            elif character == "$":
                value = self._substitution()
                result.add(value)
                collector.add(value)
            elif (special := self._special(character)) is not None:
                result.add(special)
                collector.add_raw(special)
            elif character == self.reading.escape:
                self._escaped(result, collector)
            else:
                self.position += 1
                collector.add(character)
                result.add(character)
        if stop is not None:
            raise BadWord(f"`{stop}` is missing")
        return result.text, collector.finished()

    def _escaped(self, result: _Result, collector: _Collector) -> None:
        character = self.next()
        if self.raw_escapes:
            collector.add_raw(character)
            result.add(character)
        character = self.next()
        if character:
            collector.add_raw(character)
            result.add(character)

    def _special(self, character: str) -> Text | None:
        """The text that a quote or `<` begins; None for other characters."""
        if character == "'":
            return self._single_quoted()
        if character == '"':
            return self._double_quoted()
        if character == "<" and self.reading.newest:
            return self._redirection()
        return None

    def _redirection(self) -> str:
        """`<`, or `<<` with the spaces behind it: the name of a here-document may follow after spaces."""
        start = self.position
        self.position += 1
        if self.peek() == "<":
            self.position += 1
            while self.peek() and self.peek() in "\t\r ":
                self.position += 1
        return self.source[start : self.position]

    def _single_quoted(self) -> str:
        end = self.source.find("'", self.position + 1)
        if end < 0:
            raise BadWord("a single quote is not closed")
        text = self.source[self.position + 1 : end]
        self.position = end + 1
        return f"'{text}'" if self._keeps_quotes else text

    def _double_quoted(self) -> Text:
        result = _Result(self.reading.longest)
        quote = self.next()
        result.add(quote if self._keeps_quotes else "")
        escape = self.reading.escape
        while character := self.peek():
            if character == "$":
                result.add(self._substitution())
                continue
            self.position += 1
            if character == '"':
                result.add(character if self._keeps_quotes else "")
                return result.text
            if character == escape:
                result.add(character if self.raw_escapes else "")
                if not self.peek():
                    break
                if self.peek() in ('"', "$", escape):
                    character = self.next()
            result.add(character)
        raise BadWord("a double quote is not closed")

    @property
    def _keeps_quotes(self) -> bool:
        return self.reading.raw or self.reading.raw_quotes

    def _substitution(self) -> Text:
        start = self.position
        self.position += 1
        if self.peek() != "{":
            name = self._name()
            if not name:
                return "$"
            value = self.variables.get(name)
            return f"${name}" if value is None and self.reading.keep_unset else values.plain(value)
        self.position += 1
        if self.peek() in ("", "{", "}", ":"):
            raise BadWord(f"`{self.source[start : self.position + 1]}` is not a substitution")
        name = self._name()
        modifier = self.next()
        if modifier == "}":
            value = self.variables.get(name)
            return f"${{{name}}}" if value is None and self.reading.keep_unset else values.plain(value)
        if modifier == "/":
            return self._replacement(name)
        colon = modifier == ":"
        if colon:
            modifier = self.next()
        trims = modifier in ("#", "%")
        if modifier not in values.MODIFIERS or (colon and trims):
            raise BadWord(f"BuildKit has no substitution `{self.source[start : self.position]}`")
        word = self.read("}", trims)[0]
        value = self.variables.get(name)
        if value is None and self.reading.keep_unset:
            return f"${{{name}{':' * colon}{modifier}{word}}}"
        if trims:
            return values.trimmed(modifier, value, word)
        return values.chosen(values.Choice(name, modifier, colon), value, word)

    def _replacement(self, name: str) -> Text:
        every = self.peek() == "/"
        self.position += every
        pattern = self.read("/", True)[0]
        replacement = self.read("}", True)[0]
        value = self.variables.get(name)
        if value is None and self.reading.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        return values.replaced(value, pattern, replacement, every=every)

    def _name(self) -> str:
        start = self.position
        character = self.peek()
        if character.isdecimal():
            while self.peek().isdecimal():
                self.position += 1
        elif character and character in _SPECIAL_PARAMETERS:
            self.position += 1
        else:
            while (character := self.peek()) and (character.isalpha() or character.isdecimal() or character == "_"):
                self.position += 1
        return self.source[start : self.position]
