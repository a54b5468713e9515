"""The files of the project, and what they include."""

import pathlib
import re

SKIPPED = {".git", "build", "data", "dist", "node_modules", "__pycache__", ".cache"}
SOURCES = {".cpp", ".hpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<open>[<"])(?P<name>[^>"]+)[>"]', re.MULTILINE)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(self._walk(self.root))
        self.sources = [path for path in self.files if path.suffix in SOURCES]
        self.includes = {str(path): self._includes(path) for path in self.sources}

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def own_includes(self, path):
        """Includes of files of this project; generated files count only as names."""
        return [name for own, name in self.includes.get(path, []) if own]

    def library_includes(self, path):
        return [name for own, name in self.includes[path] if not own]

    def reachable(self, path):
        """Every file that `path` includes, directly or not, with itself."""
        seen, open_paths = set(), [path]
        while open_paths:
            current = open_paths.pop()
            if current in seen or current not in self.includes:
                continue
            seen.add(current)
            open_paths.extend(self.own_includes(current))
        return seen

    def _walk(self, folder):
        for entry in folder.iterdir():
            if entry.name in SKIPPED or entry.is_symlink():
                continue
            if entry.is_dir():
                yield from self._walk(entry)
            else:
                yield entry.relative_to(self.root)

    def _includes(self, path):
        return [(match["open"] == '"', match["name"]) for match in INCLUDE.finditer(self.text(path))]


def layer(path):
    return str(path).split("/", 1)[0]
