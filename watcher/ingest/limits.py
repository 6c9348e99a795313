"""How much of one seed is taken. What is beyond is cut, with a warning; the article stays.

Generous for whatever people write, and little enough that no seed costs everybody's time, memory
or disk: each of these is stored, rendered into feeds and sent, again and again. Only the first two
cost the seed itself: there is no sensible part of a YAML tree.
"""

MAX_VALUES = 50_000  # in front matter; real seeds with 44 related records have up to 3,000
MAX_LEVELS = 50  # of nesting there

MAX_TITLE = 1_000  # characters, as all that follow
MAX_SUMMARY = 10_000
MAX_NAME = 500  # a topic, a category, the name of a provider or a picture

MAX_IMAGES = 50
MAX_RELATED = 50

MAX_FINDINGS = 100  # of one seed; the others are counted

# Of a body what may come out as HTML, which is about 40,000 words, and of a featured content, of
# which each related record may have one.
MAX_BODY = 250_000
MAX_BODY_ELEMENTS = 10_000
MAX_FEATURED = 50_000
MAX_FEATURED_ELEMENTS = 1_000

# Of Markdown what goes in: it takes up to 15 µs for each character that may mean something to it
# (![![![), and 50 for each line that is a paragraph.
MAX_MARKS = 20_000
