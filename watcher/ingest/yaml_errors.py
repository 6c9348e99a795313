"""What to do about a YAML error, said without quoting the seed. Pure; knows libyaml's wording."""

TAB = "indent with spaces: YAML takes no tabs here"

# libyaml's problem → what a person should do.
_ADVICE = {
    "found a tab character where an indentation space is expected": TAB,
    "found a tab character that violates indentation": TAB,
    "found unexpected end of stream": "the quote that opens here is never closed: close it",
    "found unexpected document indicator": (
        "a line of --- or ... stands inside the quotes that open here: indent it, or close them"
    ),
    "could not find expected ':'": "this line is no key: value: add the colon, or indent the line",
    "mapping values are not allowed in this context": (
        "a colon is not expected here: put a value with a colon in quotes, or check the indentation"
    ),
    "did not find expected key": (
        "a key is not complete here: check the indentation, and the quotes inside a quoted value"
    ),
    "found character that cannot start any token": (
        "a value cannot start with this character: put it in quotes"
    ),
    "did not find expected ',' or ']'": "the list in [ ] is not closed, or a comma is missing",
    "did not find expected ',' or '}'": "the mapping in { } is not closed, or a comma is missing",
    "did not find expected node content": "a value is missing: write it, or close the bracket",
    "did not find expected '-' indicator": "only a list item can stand here: check the indentation",
    "found unknown escape character": (
        "no such escape exists: write the backslash twice, or use single quotes"
    ),
    "found invalid Unicode character escape code": (
        "this escape is not a Unicode character: write the character itself"
    ),
    "found undefined tag handle": "this tag is not defined: remove the word that starts with !",
    "control characters are not allowed": "control characters are not taken: remove it",
    "did not find expected <document start>": (
        "only one document fits into a seed: remove the line of ... and what follows it"
    ),
    "exceeded maximum nesting depth": "it is nested far too deep: make it flatter",
    "found unhashable key": "a list or a mapping cannot be a key: write the key as plain text",
}

# Problems that are noticed only after the line that has them; the context is the better place.
_NOTICED_LATE = frozenset(
    {
        "found unexpected end of stream",
        "found unexpected document indicator",
        "could not find expected ':'",
    }
)


def advise(problem: str, *, at_tab: bool) -> str:
    """What is wrong and what to do, in one line."""
    if at_tab and problem == "found character that cannot start any token":
        return f"not valid YAML: {TAB}"
    return f"not valid YAML: {_ADVICE.get(problem, problem + ': correct it here')}"


def is_nesting_limit(problem: str | None) -> bool:
    """True if libyaml's own limit of nesting was met (0.2.6 and newer have one)."""
    return problem == "exceeded maximum nesting depth"


def is_noticed_late(problem: str) -> bool:
    """True if the place to show is where the context of ``problem`` starts."""
    return problem in _NOTICED_LATE


def may_be_in_quotes(problem: str, context: str | None) -> bool:
    """True if the text ended inside a quoted value, so more text might complete it."""
    return (
        problem == "found unexpected end of stream" and context == "while scanning a quoted scalar"
    )
