"""The pages' texts and files: both languages, every key used and known, and
nothing that the Content-Security-Policy or the theme would not allow."""
import json
import os
import re
import unittest

SRC = os.environ.get("SHIKAKU_SRC") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")
WEB = os.path.join(SRC, "host", "web")
ROOMS = ("common", "kiosk", "desk", "visit")
LANGS = ("ja", "en")

# t("a.b"), and any template that has the form of a key; a template may hold
# another one where a value is chosen.
CALL = re.compile(r"""\bt\(\s*["']([^"']+)["']""")
HOLE = r"\$\{(?:[^{}]|\$\{[^{}]*\})*\}"
BUILT = re.compile(rf"`((?:[A-Za-z0-9_.]|{HOLE})*{HOLE}"
    rf"(?:[A-Za-z0-9_.]|{HOLE})*)`")


def files(*endings):
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(WEB, room)):
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.join(folder, name)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def pairs(path):
    """A text file as a list, so that a key given twice is seen."""
    return json.loads(read(path), object_pairs_hook=list)


def texts(lang):
    return dict(pairs(os.path.join(WEB, "texts", lang + ".json")))


def shape(template):
    """A template as a pattern of the keys it can make."""
    parts = re.split(HOLE, template)
    return re.compile(".+".join(re.escape(p) for p in parts) + r"\Z")


def code():
    return "\n".join(read(path) for path in files(".js"))


class Texts(unittest.TestCase):
    def test_no_key_twice(self):
        for lang in LANGS:
            keys = [k for k, _ in pairs(
                os.path.join(WEB, "texts", lang + ".json"))]
            self.assertEqual([], sorted({k for k in keys
                if keys.count(k) > 1}), lang)

    def test_every_key_has_both_languages(self):
        self.assertEqual([], sorted(set(texts("ja")) ^ set(texts("en"))))

    def test_no_text_is_empty(self):
        for lang in LANGS:
            self.assertEqual([], [k for k, v in texts(lang).items()
                if not v.strip()], lang)

    def test_same_values_in_both_languages(self):
        ja, en = texts("ja"), texts("en")
        names = lambda text: sorted(re.findall(r"\{(\w+)\}", text))
        self.assertEqual([], [k for k in ja
            if names(ja[k]) != names(en.get(k, ""))])

    def test_every_key_asked_for_is_there(self):
        known = texts("ja")
        self.assertEqual([], sorted({k for k in CALL.findall(code())
            if k not in known}))

    def test_every_template_makes_a_known_key(self):
        known = texts("ja")
        rooms = {k.split(".")[0] for k in known}
        asked = {t for t in BUILT.findall(code())
            if "." in t and t.split(".")[0] in rooms}
        self.assertNotEqual(set(), asked)
        self.assertEqual([], sorted(t for t in asked
            if not any(shape(t).match(k) for k in known)))

    def test_every_text_is_used(self):
        source = code()
        literal = set(re.findall(r"""["'`]([A-Za-z0-9_.]+)["'`]""", source))
        built = [shape(t) for t in set(BUILT.findall(source)) if "." in t]
        self.assertEqual([], sorted(k for k in texts("ja")
            if k not in literal and not any(b.match(k) for b in built)))

    def test_furigana_is_whole(self):
        for lang in LANGS:
            for key, text in texts(lang).items():
                rest = re.sub(r"｜[^｜《》]+《[^｜《》]+》", "", text)
                self.assertNotRegex(rest, "[｜《》]", f"{lang} {key}")


class Files(unittest.TestCase):
    def test_there_are_pages(self):
        self.assertNotEqual([], list(files(".html")))

    def test_nothing_inline(self):
        for path in files(".html"):
            page = read(path)
            self.assertNotRegex(page, r"<style|\sstyle=|\son[a-z]+=", path)
            for attributes, body in re.findall(
                    r"<script([^>]*)>(.*?)</script>", page, re.S):
                self.assertIn("src=", attributes, path)
                self.assertEqual("", body.strip(), path)

    def test_no_style_attribute_in_templates(self):
        for path in files(".js"):
            self.assertNotRegex(read(path), r"<[a-z][^<>]*\sstyle=", path)

    def test_colours_and_pixels_in_the_theme_alone(self):
        for path in files(".css"):
            if os.path.basename(path) == "theme.css":
                continue
            sheet = re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)
            self.assertNotRegex(sheet, r"#[0-9a-fA-F]{3,8}\b|\brgba?\(", path)
            # 1px hides what is for listeners; an offset may be 0.
            self.assertEqual([], [v for v in re.findall(
                r"[0-9.]+px", sheet) if v != "1px"], path)

    def test_what_is_imported_is_there(self):
        for path in files(".js"):
            for name in re.findall(r"""from\s+["'](\.[^"']+)["']""",
                    read(path)):
                if "/vendor/" in name:
                    continue
                there = os.path.normpath(os.path.join(
                    os.path.dirname(path), name))
                self.assertTrue(os.path.isfile(there), f"{path}: {name}")

    def test_no_foreign_address(self):
        for path in files(".js", ".css", ".html"):
            found = set(re.findall(r"https?://[^\s\"'`)]+", read(path)))
            self.assertEqual(set(), found, path)

    def test_nothing_is_printed(self):
        for path in files(".js"):
            self.assertNotRegex(read(path), r"\bconsole\.|\bdebugger\b", path)


if __name__ == "__main__":
    unittest.main()
