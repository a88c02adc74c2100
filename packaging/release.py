#!/usr/bin/env python3
"""The steps of a release that are no build: may it be made, what it says, and the files that know its sums.

    packaging/release.py check TAG        refuses unless everything that a release needs is in place
    packaging/release.py notes            prints what CHANGELOG.md says of this version
    packaging/release.py files FOLDER     writes SHA256SUMS, install.sh and stc-check.rb for the archives and wheels in FOLDER

Only the standard library, from Python 3.11 on.
"""

import hashlib
import pathlib
import re
import sys
import tomllib

PROJECT = pathlib.Path(__file__).resolve().parent.parent


def package():
    with open(PROJECT / "Cargo.toml", "rb") as file:
        return tomllib.load(file)["package"]


def changes(version):
    """The heading's date, or what stands in its place, and the text below it."""
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(version)}, (.+)\n((?:(?!## ).*\n?)*)", text, re.MULTILINE)
    return (found[1], found[2].strip()) if found else (None, "")


def obstacles(tag):
    """Why a release of this tag cannot be made, each in a sentence."""
    about = package()
    version = about["version"]
    for key in ("homepage", "repository"):
        if not re.fullmatch(r"https://[\w.-]+\.[a-z]+(/[\w./-]*[\w-])?", about.get(key, "")):
            yield f"Cargo.toml: `{key}` must be the public address of the project (https://…, no slash at the end)"
    if tag != f"v{version}":
        yield f"the tag is `{tag}`, but Cargo.toml says version {version}, which is `v{version}`"
    date, text = changes(version)
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", date or "") or not text:
        yield f"CHANGELOG.md: the heading `## {version}, YYYY-MM-DD`, with what changed below it, is missing"


def check(tag):
    found = list(obstacles(tag))
    for obstacle in found:
        print(f"release: {obstacle}", file=sys.stderr)
    return 1 if found else 0


def notes():
    print(changes(package()["version"])[1])
    return 0


def files(folder):
    """The sums are of the very files that are released."""
    about = package()
    if found := list(obstacles(f"v{about['version']}")):
        print(f"release: {found[0]}", file=sys.stderr)
        return 1
    found = sorted([*pathlib.Path(folder).glob("*.tar.gz"), *pathlib.Path(folder).glob("*.whl")])
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in found}
    listed = "".join(f"{value}  {name}\n" for name, value in sums.items())
    values = {
        "VERSION": about["version"],
        "HOMEPAGE": about["homepage"],
        "REPOSITORY": about["repository"],
        "SUMS": "\n".join(line for line in listed.splitlines() if line.endswith(".tar.gz")),
    }
    for name, value in sums.items():
        target = name.removeprefix(f"stc-check-{about['version']}-").removesuffix(".tar.gz")
        values[f"SUM {target}"] = value
    (pathlib.Path(folder) / "SHA256SUMS").write_text(listed, encoding="utf-8")
    for name in ("install.sh", "stc-check.rb"):
        template = (PROJECT / "packaging" / f"{name}.in").read_text(encoding="utf-8")
        missing = sorted(set(re.findall(r"@([A-Z]+(?: [\w-]+)?)@", template)) - values.keys())
        if missing:
            print(f"release: {name} needs {', '.join(missing)}, of which there is no archive", file=sys.stderr)
            return 1
        filled = re.sub(r"@([A-Z]+(?: [\w-]+)?)@", lambda match: values[match[1]], template)
        (pathlib.Path(folder) / name).write_text(filled, encoding="utf-8")
    return 0


def main(arguments):
    match arguments:
        case ["check", tag]:
            return check(tag)
        case ["notes"]:
            return notes()
        case ["files", folder]:
            return files(folder)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
