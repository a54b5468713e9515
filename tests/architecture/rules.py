"""What the architecture allows, as data. DESIGN: tools → actors → {storage, transport} → schemas; libraries stay behind fences."""

# Which layers a layer may include; tests and bench may include anything, and nothing includes them.
LAYERS = {
    "schemas": {"schemas"},
    "storage": {"storage", "schemas"},
    "transport": {"transport", "schemas"},
    "actors": {"actors", "storage", "transport", "schemas"},
    "tools": {"tools", "actors", "storage", "transport", "schemas"},
}
UNFENCED = {"tests", "bench"}

# A library, the beginning of its includes, and the files of the layers that may name it.
FENCES = [
    ("CAF", r"caf/", ["actors/*"]),
    ("RocksDB", r"rocksdb/", ["storage/rocksdb_*"]),
    ("Boost", r"boost/", ["transport/*"]),
    ("msgpack", r"msgpack", ["storage/envelope*", "schemas/protocol/*"]),
    ("simdjson", r"simdjson", ["schemas/*.cpp"]),
    ("nlohmann-json", r"nlohmann/", ["schemas/*.cpp"]),
    ("toml++", r"toml\+\+/", ["schemas/*.cpp"]),
    ("zlib", r"zlib\.h", ["schemas/deflate.cpp"]),
    ("spdlog", r"spdlog/", ["storage/*", "transport/*", "actors/*", "tools/*"]),
    ("ncurses", r"ncurses", ["tools/ctl/top_screen.cpp"]),
    ("CLI11", r"CLI/", ["tools/*"]),
    ("Catch2", r"catch2/", []),
]

# A library of which one file of the layers is the only user.
SINGLE_FILE = {"zlib"}

# State that is tested without CAF: these files do not reach it through any chain of includes.
PURE = [
    "actors/*_state.*",
    "actors/messages.hpp",
    "actors/messages/*.hpp",
    "actors/reply.hpp",
    "actors/room/*_queue.*",
    "actors/room/catch_up.*",
    "actors/room/resumption.*",
    "actors/room/shared_pages.*",
    "actors/room/*_tail.*",
    "actors/room/*_context.*",
    "actors/room/*_port.*",
    "actors/ops/*",
]

# C++ tests that may sleep: path → why luck plays no part.
SLEEPERS = {}

# Hosts of package registries: clients are configured outside the project.
REGISTRY_HOSTS = (
    r"registry\.[a-z0-9-]+\.(org|com|io|dev)|npm\.pkg\.github|pypi\.(org|python)|pythonhosted\.org"
    r"|(?<!\w)crates\.io|proxy\.golang\.org|rubygems\.org|deb\.debian\.org"
)

# A path of one machine.
MACHINE_PATHS = r"(?<![\w.$}/])/(wor[k]|hom[e]/\w+|roo[t])/"

# Folders whose README.md begins with one sentence.
FOLDERS_WITH_README = ["bench", "schemas", "storage", "transport", "actors", "tools", "tests"]

# Tables of names that users meet: the file, what a row begins with, and the page that says what each name means.
DOCUMENTED = [
    ("schemas/config/keys.cpp", r'key<\w+>\{"([\w.]+)"|^ *LIMIT\((\w+), \w+, \d', "docs/configuration.md"),
    ("schemas/errc.cpp", r'errc_row\{errc::\w+, "([\w-]+)"', "docs/http.md"),
]
