"""Pages of HTML, read back."""

import base64
import gzip
import html.parser
import json

# Names that would be more than names if they were not escaped.
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "{{code}}",
    '" onload="alert(1)',
    "&lt;b&gt; \u2028",
]


class Page(html.parser.HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.texts = [], {}, []
        self.told = []  # Each text with the element that began last.
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag == "script":
            self.scripts[attributes.get("id")] = self.scripts.get(attributes.get("id"), "") + data
        else:
            self.texts.append(data)
            self.told.append((tag, data))

    @property
    def data(self):
        return json.loads(self.scripts["data"])

    def content(self, name):
        return gzip.decompress(base64.b64decode(self.scripts[name]))
