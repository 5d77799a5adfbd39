"""Markup that students hand in to be shown, and the measure of what comes to life in a page."""

# ruff: noqa: E501 (attacks are kept on one line where they are one thought)

import base64
import re
from html.parser import HTMLParser

HTML = {
    "script": "<script>alert(1)</script>",
    "broken_script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "handler": "<img src=x onerror=alert(1)>",
    "handler_without_quotes": "<b/onmouseover=alert(1)//>x</b>",
    "details": "<details open ontoggle=alert(1)>x</details>",
    "svg": "<svg onload=alert(1)><script>alert(1)</script><use href='data:image/svg+xml;base64,PHN2Zz4='></svg>",
    "math": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "frame": "<iframe srcdoc='<script>alert(1)</script>' src='javascript:alert(1)'></iframe><object data=x></object><embed src=x>",
    "link": "<a href='javascript:alert(1)'>x</a><a href='java\tscript:alert(1)'>x</a><a href='&#106;avascript:alert(1)'>x</a>",
    "data_link": "<a href='data:text/html,<script>alert(1)</script>'>x</a><a href='da\tta:text/html,x'>x</a>",
    "base": "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "style": "<style>body{display:none}</style><p style='background:url(https://evil.example)'>x</p><link rel=stylesheet href=x>",
    "form": "<form action='https://evil.example'><input name=p><button formaction='javascript:alert(1)'>x</button></form>",
    "tracker": "<img src='https://evil.example/pixel.png'><img srcset='https://evil.example/a 2x'><video poster='https://evil.example'>",
    "picture_of_another_kind": "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    "comment": "<!--><img src=x onerror=alert(1)>--><![CDATA[<script>alert(1)</script>]]>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "template": "<template><script>alert(1)</script></template><slot onslotchange=alert(1)>",
    "clobbering": "<a id=MathJax name=MathJax href=x></a><form id=document><input name=cookie></form>",
    "mathml": "<math href='javascript:alert(1)' onclick='alert(1)'><maction actiontype='statusline' xlink:href='x'><mi style='position:fixed'>x</mi></maction></math>",
    "mathml_moves": "<math><mi href='javascript:alert(1)' style='position:fixed'>x</mi><mspace width='-90em' height='9em'/><mpadded voffset='-9em'><mi>100/100</mi></mpadded></math>",
    "mathml_in_attribute": "<a title=\"<math display='inline'><mi>x</mi></math>\" href='<math><mi>onclick=alert(1)</mi></math>'>x</a>",
    "mathml_annotation": "<math><semantics><mi>x</mi><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></semantics></math>",
    "mathml_tex": "<math><mtext>&#92;href{javascript:alert(1)}{x}</mtext><mtext>&#x5c;</mtext></math>",
    "mathml_unfinished": "<math><mtext></p><style><math><mi title='</style><img src=x onerror=alert(1)>'></mi></math></style></mtext></math>",
    "tex_link": r"$\href{javascript:alert(1)}{x}$ $\color{url(//evil.example)}{x}$ $\hspace{-90em} 100/100$ $\text{<img src=x onerror=alert(1)>}$",
    "mathjax": r"$\href{javascript:alert(1)}{x}$ \(\style{background:url(//evil.example)}{y}\) &#92;require{html}",
}  # fmt: skip

MARKDOWN = {
    **HTML,
    "markdown_link": "[x](javascript:alert(1)) [y](<java\nscript:alert(1)>) [z](data:text/html,<script>) <javascript:alert(1)>",
    "reference_link": "[x][1]\n\n[1]: javascript:alert(1)",
    "markdown_picture": "![x](https://evil.example/pixel.png) ![y](attachment:a.svg) ![z](x\"onerror=\"alert(1))",
    "autolink": "<https://evil.example/\"onmouseover=alert(1)>",
    "math_with_tags": "$$<img src=x onerror=alert(1)>$$ $`<script>alert(1)</script>`$",
    "code_fence": "```html\"><script>alert(1)</script>\n<img src=x onerror=alert(1)>\n```",
    "attachment": "![x](attachment:evil.svg) ![y](attachment:page.html) [z](attachment:page.html)",
    "jinja": "{{ cycler.__init__.__globals__.os.environ }} {% include 'secret' %}",
}  # fmt: skip

ATTACHMENTS = {
    "evil.svg": {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"},
    "page.html": {"text/html": "<script>alert(1)</script>", "image/svg+xml": base64.b64encode(b"<svg onload='alert(1)'/>").decode()},
}  # fmt: skip
"""Files that the editor keeps in a cell of prose, which its text names."""


FORMULA = frozenset((
    "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder",
    "mover", "munderover", "mmultiscripts", "mprescripts", "mphantom", "mstyle", "mtable", "mtr", "mtd", "merror",
))  # fmt: skip
FORMULA_SAYS = frozenset((
    "display", "displaystyle", "scriptlevel", "stretchy", "fence", "separator", "symmetric", "accent", "accentunder",
    "form", "width", "largeop", "movablelimits", "mathvariant", "minsize", "maxsize", "columnalign", "columnspacing",
    "rowspacing", "linethickness",
))  # fmt: skip
"""What a formula in MathML may consist of: nothing that runs, loads, links or moves."""


class _Page(HTMLParser):
    """Notes every tag and attribute that could run or load something."""

    RUNS = ("script", "iframe", "object", "embed", "form", "input", "button", "base", "link", "svg", "template",
            "style", "meta", "video", "audio", "frame", "applet")  # fmt: skip

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.alive: list[str] = []
        self._in_formula = False

    def handle_endtag(self, tag):
        self._in_formula &= tag != "math"

    def handle_data(self, data):
        self.alive += [f"formula says {data}"] if self._in_formula and "\\" in data else []

    def handle_starttag(self, tag, attributes):
        if self._in_formula or tag == "math":
            self.alive += [f"{tag} in a formula"] if self._in_formula and tag not in FORMULA else []
            wrong = [(name, value) for name, value in attributes if name not in FORMULA_SAYS or "-" in (value or "")]
            self.alive += [f"formula's {tag} {name}={value}" for name, value in wrong if name != "mathvariant"]
            self._in_formula = True
        self.alive += [tag] if tag in self.RUNS else []
        for name, value in attributes:
            plain = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name in (
                "srcdoc",
                "srcset",
                "style",
                "formaction",
                "id",
                "poster",
                "background",
            ):
                self.alive.append(f"{tag} {name}={value}")
            leads = ":" in plain.split("/")[0] and not plain.startswith(
                ("http:", "https:", "mailto:", "data:image/png")
            )
            if name in ("href", "src", "action", "data") and leads:
                self.alive.append(f"{tag} {name}={value}")
            if name == "src" and plain.startswith("http"):
                self.alive.append(f"{tag} loads {value}")


def alive(html: str) -> list[str]:
    """What of a piece of HTML a browser would run or load."""
    page = _Page()
    page.feed(html)
    return page.alive
