"""XML from strangers: what `parse_xml` lets through, and that everything else is `XmlRefused`."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.xml import MAX_XML_BYTES, XmlRefused, parse_xml

LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) if level else b'<!ENTITY l0 "ha">'
    for level in range(10)
)


def refused(document: bytes, **options: int) -> XmlRefused:
    """Return what refused the document."""
    with pytest.raises(XmlRefused) as caught:
        parse_xml(document, **options)
    return caught.value


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "iso-8859-1", "windows-1252", "utf-16"],
)
def test_the_encodings_that_systems_use(encoding: str):
    """Old systems still write in Latin-1 and Windows-1252."""
    document = f'<?xml version="1.0" encoding="{encoding}"?><Navn>Åse Ærø</Navn>'.encode(encoding)
    assert parse_xml(document).text == "Åse Ærø"


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE a>",
        b'<!DOCTYPE a SYSTEM "file:///etc/hostname">',
        b'<!DOCTYPE a PUBLIC "x" "http://localhost:1/x.dtd">',
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/hostname"> %b;]>',
        b"<!DOCTYPE a [" + LAUGHS + b"]>",
    ],
)
@pytest.mark.parametrize("content", [b"<a/>", b"<a>&b;</a>", b"<a>&l9;</a>", b'<a c="&l9;"/>'])
def test_a_doctype_is_refused(doctype: bytes, content: bytes):
    """No entity, internal, external or laughing, gets as far as the content."""
    refused(doctype + content)


def test_a_file_named_by_an_entity_is_never_read(tmp_path: Path):
    """The file's words reach neither a tree nor the refusal."""
    secret = tmp_path / "hemmeligt.txt"
    secret.write_text("hemmeligt")
    error = refused(f'<!DOCTYPE a [<!ENTITY b SYSTEM "{secret.as_uri()}">]><a>&b;</a>'.encode())
    assert "hemmeligt" not in str(error)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" \n\t",
        b"x",
        b"<a>",
        b"<a/><b/>",
        b"<a>&b;</a>",
        b"<a>&#0;</a>",
        b"<a b='1' b='2'/>",
        b"<a:b/></a>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        '<?xml version="1.0" encoding="utf-8"?><a>Åse</a>'.encode("iso-8859-1"),
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b"<a>" * 10_000 + b"</a>" * 10_000,
    ],
    ids=range(13),
)
def test_what_is_not_xml_is_refused(document: bytes):
    """Empty, cut off, undefined, wrongly encoded or nested without end."""
    assert refused(document).reason


def test_a_document_above_the_limit_is_refused_unread():
    """Size is looked at before content."""
    assert "larger than 10 bytes" in refused(b"<a>" + b" " * 10 + b"</a>", max_bytes=10).reason
    assert "larger" in refused(b" " * MAX_XML_BYTES + b"<a/>").reason


def test_a_refusal_says_where_and_never_what():
    """The line and column are told; the words there may be somebody's."""
    error = refused(b"<Borger>\n<Navn>Ida Proeve</Nvan></Borger>")
    assert "line 2" in error.where
    assert "Ida" not in str(error)
    assert "Nvan" not in str(error)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="<>&;/!?[]\"'= aDOCTYPE\n").map(str.encode))
def test_garbage_is_refused_and_nothing_else_happens(document: bytes):
    """Any bytes give a tree or `XmlRefused`, never another exception."""
    with suppress(XmlRefused):
        assert parse_xml(document).tag
