"""The one shape that a signature on a samtykke may have, fixed before any cryptography runs.

signxml, as most libraries do, verifies whatever references a signature happens to carry and passes over transforms
that it does not know. So what is referenced, how, and by which algorithms is settled here, by refusal of all else.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from signxml.algorithms import SignatureConstructionMethod
from signxml.util import namespaces

from consent.signatures.algorithms import CANONICALIZATIONS, DIGESTS, SIGNATURE_METHODS
from consent.signatures.outcome import Reason, SignatureRefused

DS, XADES = f"{{{namespaces['ds']}}}", f"{{{namespaces['xades']}}}"
_SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of a signature of the one permitted shape. What is `unsigned` was added to it later, by anybody."""

    signed_info: etree._Element
    value: etree._Element
    key_info: etree._Element
    properties: etree._Element
    unsigned: etree._Element | None

    @property
    def references(self) -> list[etree._Element]:
        """Everything that the signature says it covers."""
        return self.signed_info.findall(f"{DS}Reference")


def only_signature(root: etree._Element) -> etree._Element:
    """Return the signature of a document that holds exactly one, as a child of its root, and no Id twice.

    Raises:
        SignatureRefused: it does not, or something that no signature covers stands beside the root.
    """
    if root.getprevious() is not None or root.getnext() is not None:
        raise SignatureRefused(
            Reason.FORKERT_PLACERING, "a comment or instruction outside the root, which nothing signs"
        )
    signatures = list(root.iter(f"{DS}Signature"))
    if not signatures:
        raise SignatureRefused(Reason.INGEN_UNDERSKRIFT, "the document")
    if len(signatures) > 1:
        raise SignatureRefused(Reason.FLERE_UNDERSKRIFTER, "the document")
    if signatures[0].getparent() is not root:
        raise SignatureRefused(Reason.FORKERT_PLACERING, "Signature")
    ids = Counter(
        value
        for element in root.iter(etree.Element)
        for name, value in element.items()
        if etree.QName(name).localname.lower() == "id"
    )
    if any(count > 1 for count in ids.values()):
        raise SignatureRefused(Reason.DOBBELT_ID, "the document")
    return signatures[0]


def shape_of(signature: etree._Element) -> Shape:
    """Return the parts of a signature that has a certificate and one set of XAdES properties, and nothing besides.

    Unsigned properties may follow the signed ones.

    Raises:
        SignatureRefused: the signature has another shape.
    """
    if signature.find(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate") is None:
        raise SignatureRefused(Reason.CERTIFIKAT_MANGLER, "KeyInfo")
    signed_info, value, key_info, holder = _children(
        signature, [f"{DS}SignedInfo", f"{DS}SignatureValue", f"{DS}KeyInfo", f"{DS}Object"]
    )
    (qualifying,) = _children(holder, [f"{XADES}QualifyingProperties"])
    properties, *unsigned = _children(qualifying, [f"{XADES}SignedProperties"], optional=[f"{XADES}UnsignedProperties"])
    if qualifying.get("Target") != f"#{signature.get('Id')}" or properties.get("Id") is None:
        raise SignatureRefused(Reason.IKKE_XADES, "QualifyingProperties")
    return Shape(signed_info, value, key_info, properties, next(iter(unsigned), None))


def _children(parent: etree._Element, tags: list[str], optional: Sequence[str] = ()) -> list[etree._Element]:
    found = [child.tag for child in parent]
    if found not in (tags, [*tags, *optional]):
        raise SignatureRefused(Reason.IKKE_XADES, etree.QName(parent).localname)
    return list(parent)


def check_references(shape: Shape) -> None:
    """Require that the signature covers the whole document less itself, and its properties; its KeyInfo it may.

    signxml and others sign KeyInfo as ETSI EN 319 132-1 allows; nothing is read from it but the certificate, which the
    properties bind as well.

    Raises:
        SignatureRefused: a reference is missing, one too many, or transformed by more than canonicalization.
    """
    properties_uri, key_id = f"#{shape.properties.get('Id')}", shape.key_info.get("Id")
    required = {"", properties_uri}
    permitted = required if key_id is None else {*required, f"#{key_id}"}
    by_uri = {reference.get("URI"): reference for reference in shape.references}
    if len(by_uri) < len(shape.references) or not required <= set(by_uri) <= permitted:
        raise SignatureRefused(Reason.FORKERT_REFERENCE, "SignedInfo: what is referenced")
    if by_uri[properties_uri].get("Type") != _SIGNED_PROPERTIES_TYPE:
        raise SignatureRefused(Reason.FORKERT_REFERENCE, "SignedInfo: the type of the signed properties")
    for uri, reference in by_uri.items():
        transforms = _transforms(reference)
        if uri == "" and transforms[:1] != [SignatureConstructionMethod.enveloped.value]:
            raise SignatureRefused(Reason.FORKERT_REFERENCE, "SignedInfo: the document without the enveloped transform")
        rest = transforms[1:] if uri == "" else transforms
        if len(rest) > 1 or not CANONICALIZATIONS.issuperset(rest):
            raise SignatureRefused(Reason.FORKERT_REFERENCE, "SignedInfo: transforms")


def _transforms(reference: etree._Element) -> list[str | None]:
    transforms = reference.findall(f"{DS}Transforms/{DS}Transform")
    if any(len(transform) for transform in transforms):
        raise SignatureRefused(Reason.FORKERT_REFERENCE, "SignedInfo: a transform with parameters")
    return [transform.get("Algorithm") for transform in transforms]


def check_algorithms(shape: Shape) -> None:
    """Require that every algorithm the signature names is one of ours.

    Raises:
        SignatureRefused: one is not, such as anything with SHA-1.
    """
    if algorithm_of(shape.signed_info, "CanonicalizationMethod") not in CANONICALIZATIONS:
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "CanonicalizationMethod")
    if algorithm_of(shape.signed_info, "SignatureMethod") not in {method.value for method in SIGNATURE_METHODS}:
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "SignatureMethod")
    permitted = {digest.value for digest in DIGESTS}
    digested = [*shape.references, *shape.properties.iter(f"{XADES}CertDigest")]
    if any(algorithm_of(place, "DigestMethod") not in permitted for place in digested):
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "DigestMethod")


def algorithm_of(parent: etree._Element, name: str) -> str | None:
    """Return the algorithm URI of the method element `name` in `parent`, or None where there is none."""
    method = parent.find(f"{DS}{name}")
    return None if method is None else method.get("Algorithm")
