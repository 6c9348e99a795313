"""The style sheet, the scripts and the icons: read once, served from memory."""

import hashlib
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher.serve.conditional import is_not_modified

_TYPES = {
    "css": "text/css",
    "ico": "image/x-icon",
    "js": "text/javascript",
    "png": "image/png",
    "svg": "image/svg+xml",
}


class StaticFiles:
    """The files in ``static/``. An address with a version may be cached for ever."""

    def __init__(self) -> None:
        folder = files("watcher.serve") / "static"
        self._data = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    def versioned(self, name: str) -> str:
        """The address of a file below ``/``; it changes with the file's bytes."""
        return f"static/{name}?v={self._version(name)}"

    async def get(self, request: Request) -> Response:
        name: str = request.path_params.get("name", "favicon.ico")
        if name not in self._data:
            raise HTTPException(404)
        etag = f'"{self._version(name)}"'
        headers = {
            "ETag": etag,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "public, max-age=31536000, immutable"
            if request.query_params.get("v") == self._version(name)
            else "no-cache",
        }
        known = request.headers.get("if-none-match")
        if is_not_modified(if_none_match=known, if_modified_since=None, etag=etag, modified=None):
            return Response(status_code=304, headers=headers)
        return Response(self._data[name], 200, headers, _TYPES[name.rpartition(".")[2]])

    def _version(self, name: str) -> str:
        return hashlib.sha256(self._data[name]).hexdigest()[:16]
