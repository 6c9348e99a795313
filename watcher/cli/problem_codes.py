"""The kinds of problems that ``check`` finds: a stable code each, what it means, what to do."""

from watcher.model.seed import Reason

BAD_FIELD, UNREADABLE_FOLDER, MISSING_ROOT = "bad_field", "unreadable_folder", "missing_root"

CODES: dict[str, str] = {
    # The config. Each costs the whole config: nothing runs with half of one.
    "unreadable_config": "The config cannot be read. Check its path and its permissions.",
    "config_yaml": "The config is not the YAML that it should be, or a key stands twice in it.",
    "unknown_key": "No such key exists there. seedwatch.example.yaml and `schema config` have all.",
    "missing_key": "A key that has no default is not there. Add it.",
    "surplus_key": "Two keys say the same thing, such as url and url_file. Keep one.",
    "bad_value": "A value does not fit its key. The message says what would.",
    # Seeds that cannot be used. What an article said before stays, until its seed is corrected.
    Reason.EMPTY: "The file is empty. Write the seed, or delete the file.",
    Reason.NO_FRONT_MATTER: "The file does not begin with a line of ---. Front matter comes first.",
    Reason.UNCLOSED: "The front matter is never closed. End it with a line of ---.",
    Reason.NOT_A_MAPPING: "The front matter is not made of keys with values, like title: Hello.",
    Reason.BAD_YAML: "The front matter is not valid YAML. Quotes round the value often help.",
    Reason.DUPLICATE_KEY: "A key stands twice, and it is not clear which counts. Remove one.",
    Reason.ALIAS: "YAML aliases (*name) are not taken: a few lines can grow without limit.",
    Reason.TAG: "YAML tags (!name) are not taken. Remove the word that starts with !.",
    Reason.TOO_MANY_NODES: "The front matter has too many values for one article.",
    Reason.TOO_DEEP: "The front matter is nested too deep for one article.",
    Reason.TOO_LARGE: "The file is larger than max_size of its folder, in the config.",
    Reason.NOT_UTF8: "The file is not UTF-8. Convert it: iconv -f WINDOWS-1252 -t UTF-8.",
    Reason.BINARY: "The file is no text. Move it away, or exclude its name in the config.",
    Reason.MISSING_TITLE: "There is no usable title, and without one there is no article.",
    Reason.MISSING_URL: "There is neither a usable webUrl nor originalUrl to link to.",
    Reason.NOT_REGULAR: "It is a folder, a device or the like where a file should be.",
    Reason.OUTSIDE_ROOT: "It is a link to somewhere outside of its root; those are not followed.",
    Reason.UNREADABLE: "The file cannot be read. Check its permissions.",
    # The rest.
    BAD_FIELD: "An optional field cannot be used. It is left out; the article is published.",
    UNREADABLE_FOLDER: "A folder cannot be read. Its seeds stay as they were last seen.",
    MISSING_ROOT: "A watched folder is not there. It is waited for; nothing is removed.",
}
