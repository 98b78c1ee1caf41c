# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The page that checks a bundle in a browser without any code of ours installed: one file, put together from its parts.
Reads the shipped parts and writes the page.

The page's policy forbids it every connection and any script but its own, which it names by hash; the same program
always writes the same bytes, so that the page's own SHA-256 can be compared.
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from edge_daemon.domain.faults import BadInput

NAME = "verify.html"
WORKER = (
    "json.js", "sha256.js", "tree.js", "note.js", "files.js", "form.js", "clock.js", "ports.js", "chain.js",
    "amendments.js", "attached.js", "edges.js", "gaps.js", "order.js", "entries.js", "heads.js", "signer.js",
    "stream.js", "check.js", "worker.js",
)  # fmt: skip
"""What runs beside the page, in the order in which names are needed."""

_LICENCE_LINES = 2


def parts_folder() -> Path:
    """Where the parts lie: inside the package when installed, beside it in a source tree."""
    package = Path(__file__).resolve().parent
    installed = package / "_resources" / "verify"
    return installed if installed.is_dir() else package.parent / "resources" / "verify"


def page_bytes() -> bytes:
    """The whole page. Raises OSError where a part cannot be read."""
    folder = parts_folder()
    worker = '"use strict";\n' + "\n".join(_part(folder, name) for name in WORKER)
    page = '"use strict";\n' + _part(folder, "page.js")
    style = _part(folder, "style.css")
    policy = (
        f"default-src 'none'; script-src {_named(page)}; style-src {_named(style)}; worker-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    text = (folder / "page.html").read_text(encoding="utf-8")
    for name, content in {"policy": policy, "style": style, "worker": worker, "page": page}.items():
        if "</script" in content or "</style" in content:
            raise ValueError(f"the page's {name} would end its own element")
        before, after = text.split("{{" + name + "}}")
        text = before + content + after
    return text.encode("utf-8")


def put_page(bundle: Path) -> tuple[Path, str]:
    """Write the page into the folder `bundle`, or beside the ZIP file `bundle`; its path and SHA-256 in hexadecimal.

    A file of that name that is something else stays: the page is then named after the bundle. Raises BadInput where
    that name is taken as well, OSError.
    """
    content = page_bytes()
    folder = bundle if bundle.is_dir() else bundle.parent
    for path in (folder / NAME, folder / f"{bundle.stem}.{NAME}"):
        if not path.exists():
            path.write_bytes(content)
        if path.read_bytes() == content:
            return path, sha256(content).hexdigest()
    raise BadInput(
        "output", str(bundle), f"{NAME} and {bundle.stem}.{NAME} are other files already; choose another folder"
    )


def _part(folder: Path, name: str) -> str:
    lines = (folder / name).read_text(encoding="utf-8").split("\n")
    return "\n".join(lines[_LICENCE_LINES:]).strip() + "\n"


def _named(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
