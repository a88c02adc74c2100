"""Has Terraform validate what `stc-check policy` and `stc-check fix` print, against the schema of the stand-in provider.

    pip install --require-hashes --requirement tests/terraform/requirements.txt
    python3 tests/terraform/validate.py < configurations.json

Standard input is a list of `{"text": "resource …", "configuration": null}`. Beside a folder of `configurations` the text is
validated in it; the others are modules of one configuration. `--probe` says whether all of this can be done here: it ends with 1 and the reason
where that is not so.
"""

import json
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def missing():
    """What is not here that this needs, if anything is."""
    if shutil.which("terraform") is None:
        return "there is no terraform in PATH"
    try:
        import tf  # noqa: F401
    except ImportError:
        return "there is a terraform, and not what the stand-in provider needs: pip install --requirement tests/terraform/requirements.txt"
    return None


def validate(folder, generation):
    import make
    import standin

    with standin.Serving(generation) as reattach:
        make.terraform(["init", "-input=false", "-backend=false"], folder, reattach)
        make.terraform(["validate"], folder, reattach)


def main(given):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        modules = [one["text"] for one in given if not one["configuration"]]
        for number, text in enumerate(modules):
            (folder / f"m{number}").mkdir()
            (folder / f"m{number}" / "main.tf").write_text(text)
        calls = [f'module "m{number}" {{\n  source = "./m{number}"\n}}\n' for number in range(len(modules))]
        (folder / "main.tf").write_text("".join(calls))
        validate(folder, 6)
    for one in given:
        if not one["configuration"]:
            continue
        import make

        source = HERE / "configurations" / one["configuration"]
        generation = int(re.search(r'version\s*=\s*"(\d+)\.', (source / "main.tf").read_text())[1])
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            make.sources(source, folder)
            (folder / "printed.tf").write_text(one["text"])
            validate(folder, generation)


if __name__ == "__main__":
    if "--probe" in sys.argv:
        sys.exit(missing())
    main(json.load(sys.stdin))
