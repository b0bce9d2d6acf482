"""Read web addresses and Label Studio's own as the names of files, without what only signs them."""

import base64
import binascii
import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

# Label Studio's addresses of its own files, from any host and below any path (label-studio: `FileUpload.url` in
# data_import/models.py, io_storages/localfiles, and `fileuri` in io_storages/proxy_api.py).
LOCAL_FILE = re.compile(r"(?:^|/)data(?:/local-files)?/?\?(?:[^?]*&)?d=(?P<path>.+)$", re.DOTALL)
STORED_FILE = re.compile(r"(?:^|/)(?:tasks|projects)/\d+/(?:resolve|presign)/?\?(?:[^?]*&)?fileuri=(?P<uri>[^&]+)")
UPLOAD = re.compile(r"(?:^|/)data/(?P<path>upload/\d+/[0-9a-f]{8}-.+)$", re.DOTALL)
SIGNATURES = re.compile(
    r"^(x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|signature|expires|key-pair-id|policy|sig|se|sp|sv|sr|st|spr"
    r"|ske|skoid|sks|skt|sktid|skv|token)$",
    re.IGNORECASE,
)  # parameters that S3, Google Cloud Storage, CloudFront and Azure sign an address with


def is_address(text: str) -> bool:
    """Tell an address from the name of a file: it has a scheme, or asks Label Studio for a file."""
    return "://" in text or ("?" in text and bool(LOCAL_FILE.search(text) or STORED_FILE.search(text)))


def unquoted(text: str) -> str:
    """Decode percent signs; bytes that are no UTF-8 stay what they are, as in names from the disk."""
    return unquote(text, errors="surrogateescape") if "%" in text else text


def address_parts(address: str) -> tuple[str, str]:
    """Give an address's path, with its host before it, and its query: neither decoded, signatures left out.

    An address by which Label Studio passes on another one is read as that.
    """
    passed_on = passed_on_address(address)
    if passed_on != address:
        return address_parts(passed_on) if is_address(passed_on) else (passed_on, "")
    if local := LOCAL_FILE.search(address):
        return local["path"], ""
    try:
        parts = urlsplit(address)
    except ValueError:  # no address after all, such as one with half of an IPv6 host
        return address, ""
    if upload := UPLOAD.search(parts.path):
        return upload["path"], ""
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not SIGNATURES.match(pair[0])]
    return f"{parts.netloc}/{parts.path}", urlencode(kept)


def unsigned_address(address: str) -> str:
    """Give an address without what only signs it, else as it is."""
    parts = address.strip().partition("?")
    pairs = [pair for pair in parts[2].split("&") if not SIGNATURES.match(pair.partition("=")[0])]
    return f"{parts[0]}?{'&'.join(pairs)}" if pairs != [""] and pairs else parts[0]


def passed_on_address(address: str) -> str:
    """Give the address inside one of Label Studio's, where it can be read; any other as it is."""
    stored = STORED_FILE.search(address)
    if stored is None:
        return address
    try:
        return base64.b64decode(unquote(stored["uri"]), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):  # not written by Label Studio: an address like any other
        return address


def is_quoted(address: str) -> bool:
    """Tell whether percent signs in an address stand for other characters; in a bucket's keys they are themselves."""
    scheme, mark, _ = address.partition("://")
    return not mark or scheme.lower() in {"http", "https", "file"}
