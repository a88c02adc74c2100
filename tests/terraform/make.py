"""Makes the plans of `tests/fixtures/terraform` again, with the `terraform` of the PATH and the stand-in provider beside this file.

    pip install --require-hashes --requirement tests/terraform/requirements.txt
    python3 tests/terraform/make.py [NAME …]

Each folder of `configurations` is one plan: `before` is applied first where there is one, then `main.tf` is planned. A first
line of `main.tf` such as `# plan: -refresh-only` gives `terraform plan` more options; the provider version under
`required_providers` says which generation of the provider is imitated.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import standin

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures" / "terraform"
WHEN = "2026-11-26T08:15:00Z"


def terraform(arguments, folder, reattach):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment |= {"TF_REATTACH_PROVIDERS": reattach, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    ran = subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"terraform {' '.join(arguments)} in {folder}: {ran.stdout}{ran.stderr}")
    return ran.stdout


def sources(folder, into):
    """Puts a configuration where Terraform runs, in place of the one before; `modules` beside it serve both."""
    for old in into.glob("*.tf"):
        old.unlink()
    for source in folder.glob("*.tf"):
        shutil.copy(source, into)
    modules = (folder if (folder / "modules").exists() else folder.parent) / "modules"
    if modules.exists():
        shutil.copytree(modules, into / "modules", dirs_exist_ok=True)


def plan(folder):
    """The plan of a configuration, as `terraform show -json` prints it."""
    main = (folder / "main.tf").read_text()
    options = re.match(r"# plan: (.*)", main)
    generation = int(re.search(r'version\s*=\s*"(\d+)\.', main)[1])
    with standin.Serving(generation) as reattach, tempfile.TemporaryDirectory() as temporary:
        into = pathlib.Path(temporary)
        if (folder / "before").exists():
            sources(folder / "before", into)
            terraform(["init", "-input=false"], into, reattach)
            terraform(["apply", "-auto-approve", "-input=false"], into, reattach)
        sources(folder, into)
        terraform(["init", "-input=false"], into, reattach)
        terraform(["plan", "-out=tfplan", "-input=false", *(options[1].split() if options else [])], into, reattach)
        made = json.loads(terraform(["show", "-json", "tfplan"], into, reattach))
    # The one thing that would differ on every run.
    made["timestamp"] = WHEN
    return made


def main(names):
    for folder in sorted((HERE / "configurations").iterdir()):
        if not names or folder.name in names:
            (FIXTURES / f"{folder.name}.json").write_text(json.dumps(plan(folder), indent=1) + "\n")
            print(folder.name)


if __name__ == "__main__":
    main(sys.argv[1:])
