from dockdj.model.smoke.page import Resource, own_path, resources

HERE = "http://127.0.0.1:8001/shop/"
PAGE = """<!doctype html><html><head>
<link rel="icon" href="/static/favicon.svg"><link rel=stylesheet href="main.css?v=1&amp;w=2">
<link rel="canonical" href="https://example.com/"><link rel="stylesheet" href="https://cdn.example.com/x.css">
<link rel="preload" as="font" href="/static/a.woff2"><link rel="modulepreload" href="../m.js">
<script src="//127.0.0.1:8001/static/main.js" defer></script><script>let a = "<script src='/no.js'>"</script>
</head><body><img src="data:image/gif;base64,R0"><img src="https://127.0.0.1:8001/logo.png#x"><img alt="">
<img src="/logo.png"></body>"""


def test_files_of_the_pages_own_server_are_listed_once_in_page_order() -> None:
    assert [file.path for file in resources(PAGE, HERE)] == [
        "/static/favicon.svg",
        "/shop/main.css?v=1&w=2",
        "/static/a.woff2",
        "/m.js",
        "/static/main.js",
        "/logo.png",
    ]


def test_a_base_element_moves_relative_references() -> None:
    page = '<base href="/other/"><img src="a.png"><base href="/third/">'
    assert [file.path for file in resources(page, HERE)] == ["/other/a.png"]
    assert not resources('<base href="https://cdn.example.com/"><img src="a.png">', HERE)


def test_only_media_types_that_a_browser_accepts_are_plausible() -> None:
    icon, style, font, module, script, image = resources(PAGE, HERE)
    assert style.plausible("text/css") and not style.plausible("text/html") and not style.plausible("")
    assert script.plausible("text/javascript") and module.plausible("application/javascript")
    assert not script.plausible("text/plain")
    assert icon.plausible("image/svg+xml") and image.plausible("image/png") and not image.plausible("text/html")
    assert font.plausible("font/woff2") and font.plausible("") and not font.plausible("text/html")
    assert not Resource("/x").plausible("text/html")


def test_a_reference_to_another_server_has_no_own_path() -> None:
    assert own_path("https://127.0.0.1:8001/en/?a=b", HERE, HERE) == "/en/?a=b"
    assert own_path("", HERE, HERE) == "/shop/"
    assert own_path("https://example.com/en/", HERE, HERE) == ""
    assert own_path("mailto:a@example.com", HERE, HERE) == ""


def test_paths_are_percent_encoded_as_browsers_do() -> None:
    named = ("/media/größe 1.png?für=b c", "/a%20b.png", "/[x].png", "http://[", "c.png")
    found = resources("".join(f'<img src="{name}">' for name in named), HERE)
    assert [file.path for file in found] == [
        "/media/gr%C3%B6%C3%9Fe%201.png?f%C3%BCr=b%20c",
        "/a%20b.png",
        "/%5Bx%5D.png",
        "/shop/c.png",
    ]
