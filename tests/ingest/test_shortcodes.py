"""Liquid, shortcodes and the like leave a body; their text, and code, stays."""

import pytest

from tests.support.hostile_input import within_time
from watcher.ingest.shortcodes import without_shortcodes


@pytest.mark.parametrize(
    ("written", "markdown"),
    [
        # Liquid
        ("a {{ page.title }} b", "a  b"),
        ("[a]({{ '/p/q' | relative_url }})", "[a](/p/q)"),
        ("![x]({{ site.baseurl }}/i.png)", "![x](/i.png)"),
        ('<img src="{{ "/a.png" | absolute_url }}">', '<img src="/a.png">'),
        ("a {% if x %}b{% endif %} c", "a b c"),
        ("a\n{%- include a.html x=1 -%}\nb", "a\nb"),
        ("[p]({% post_url 2020-01-01-x %})", "[p]()"),
        ("{% raw %}{{ x }}{% endraw %} y", "{{ x }} y"),
        ("{% comment %}hidden{% endcomment %}shown {# no #}", "shown"),
        (
            "{% highlight ruby linenos %}\nputs `1`\n{% endhighlight %}\n",
            "\n```ruby\nputs `1`\n```\n\n",
        ),
        ("{% codeblock lang:js %}\n```\n{% endcodeblock %}", "\n````js\n```\n````\n"),
        # Hugo, Zola
        ("{{< youtube abc >}}\ntext", "text"),
        ("{{< note >}}inner **b**{{< /note >}}", "inner **b**"),
        ("{{% notice tip %}}\ninner\n{{% /notice %}}\n", "inner\n"),
        ('{{< figure src="/a.png" title="x" >}}', "![](/a.png)"),
        ("{{<highlight go>}}x{{</highlight>}}", "\n```go\nx\n```\n"),
        ("{% quote(author='x') %}text{% end %}", "text"),
        # kramdown, Pandoc, Pelican
        ("# Head {#id}\n\npara\n{: .cls}\n", "# Head\n\npara\n"),
        ("text{: .x} y", "text y"),
        ("[a]({static}/x.png) [b]({filename}y.md)", "[a](/x.png) [b](y.md)"),
        # Obsidian, GitHub
        ("[[Page]] [[a|b]] ![[x.png]] ![[other]]", "Page b ![](x.png) "),
        ("> [!note] Title\n> text", ">  Title\n> text"),
    ],
)  # fmt: skip
def test_what_only_a_generator_understands_leaves(written: str, markdown: str) -> None:
    assert without_shortcodes(written) == markdown


@pytest.mark.parametrize(
    "text",
    [
        "`{{ x }}` and ``{% y %}``",
        "```liquid\n{{ x }}\n{% y %}\n[[z]]\n```\n",
        "~~~\n{{ x }}\n",
        "$x_{{i}}$ and \\frac{a}{b} {c} {d: e}",
        "[[1]](http://x/) [a][b] [x] {",
        "{{ never closed",
        "{% never closed",
        "a { b } # c",
        "[!x] is no note",
    ],
)
def test_code_and_what_is_none_stays(text: str) -> None:
    assert without_shortcodes(text) == text


def test_raw_leaves_code() -> None:
    fence = "```\n{% raw %}\n{{ x }}\n{% endraw %}\n```\n"
    assert without_shortcodes(fence) == "```\n{{ x }}\n```\n"
    assert without_shortcodes("`{% raw %}{{ x }}{% endraw %}`") == "`{{ x }}`"


PIECES = (
    "{%", "{% a %}", "{{", "{{ a }}", "{{<", "{#", "[[", "![[a", "[[a]]", "`", "``a`",
    "```\n", "~~~\n",
    "{% highlight %}", "{% comment %}", "{% raw %}", "{{< highlight >}}", "{: ", "{:a}", "{#a",
    " {", "[!",
    "> [!a", '{{ "', "{% raw %}\n", "{%\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_nothing_takes_quadratic_time(piece: str) -> None:
    """Of as much as is taken of a body: 20,000 marks."""
    with within_time():
        without_shortcodes(piece * 20_000)
