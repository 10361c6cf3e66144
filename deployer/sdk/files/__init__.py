"""What modules that deal with files share: modes, looking at a path, writing it, attributes.

Pure knowledge and constant shell: `modes` parses and compares permissions, `look` asks what is at
a path, `attributes` compares owner, group and mode, `write` replaces a file atomically, `content`
puts these together for a file whose content is known.
"""

from deployer.sdk.files.attributes import (
    AttributeArgs,
    attribute_values,
    differing,
    set_attributes,
)
from deployer.sdk.files.content import (
    Wanted,
    as_text,
    content_diff,
    converge,
    file_values,
    wanted_bytes,
    wanted_file,
    written,
)
from deployer.sdk.files.look import (
    DIFF_LIMIT,
    PATHS,
    FileState,
    FileType,
    look,
    parse_facts,
    parse_look,
)
from deployer.sdk.files.modes import Mode, octal, parse_mode, shown
from deployer.sdk.files.write import Writing, backup_of, encoded, payload, validation, write

__all__ = [
    "DIFF_LIMIT",
    "PATHS",
    "AttributeArgs",
    "FileState",
    "FileType",
    "Mode",
    "Wanted",
    "Writing",
    "as_text",
    "attribute_values",
    "backup_of",
    "content_diff",
    "converge",
    "differing",
    "encoded",
    "file_values",
    "look",
    "octal",
    "parse_facts",
    "parse_look",
    "parse_mode",
    "payload",
    "set_attributes",
    "shown",
    "validation",
    "wanted_bytes",
    "wanted_file",
    "write",
    "written",
]
