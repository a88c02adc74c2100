"""What a release is made of, as a user gets it: the wheel, the archive, the installer. WHEEL is the built wheel."""

import contextlib
import functools
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import tomllib
import unittest
import venv
import zipfile

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
WHEEL = pathlib.Path(os.environ["WHEEL"])
PACKAGE = tomllib.loads((PROJECT / "Cargo.toml").read_text(encoding="utf-8"))["package"]
VERSION = PACKAGE["version"]
TARGET = f"{os.uname().machine}-unknown-linux-gnu"
SNAPSHOT = PROJECT / "tests" / "fixtures" / "joint-sse-kms.json"

# What installs and runs has the machine's programs, and no way to a network or to anybody's settings.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PIP_CONFIG_FILE": os.devnull}


def run(*command, **options):
    options = {"env": ENVIRONMENT, "check": True} | options
    return subprocess.run(command, capture_output=True, text=True, **options)


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_works(self, program):
        """It is this version, and judges a snapshot."""
        self.assertEqual(run(program, "--version").stdout, f"stc-check {VERSION}\n")
        check = run(program, "--snapshot", SNAPSHOT, "--format", "json", check=False)
        self.assertEqual((check.returncode, '"verdict": "pass"' in check.stdout), (0, True), check.stderr)


class Wheel(Folder):
    def test_is_installed_without_network_and_runs(self):
        venv.create(self.folder, with_pip=True)
        run(self.folder / "bin" / "python", "-m", "pip", "install", "--no-index", WHEEL)
        self.assert_works(self.folder / "bin" / "stc-check")

    def test_needs_no_newer_glibc_than_2_17(self):
        self.assertIn(f"manylinux_2_17_{os.uname().machine}", WHEEL.name)
        with zipfile.ZipFile(WHEEL) as wheel:
            program = wheel.extract(f"stc_check-{VERSION}.data/scripts/stc-check", self.folder)
        newest = run(PROJECT / "packaging" / "newest-glibc", program, "2.17").stdout
        self.assertRegex(newest, r"^2\.\d+\n$")
        # The check can fail.
        self.assertEqual(run(PROJECT / "packaging" / "newest-glibc", program, "2.2", check=False).returncode, 1)


class Release(Folder):
    """An archive of the wheel and the files of a release, of a project whose address is named."""

    @classmethod
    def setUpClass(cls):
        cls.project = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.project)
        shutil.copytree(PROJECT / "packaging", cls.project / "packaging")
        for name in ("LICENSE-APACHE", "LICENSE-MIT", "README.md"):
            shutil.copy(PROJECT / name, cls.project)
        cargo = (PROJECT / "Cargo.toml").read_text(encoding="utf-8")
        for key, address in (("homepage", "https://docs.example.com/stc-check"), ("repository", "https://example.com/acme/stc-check")):
            cargo, times = re.subn(rf'^{key} = ".*"$', f'{key} = "{address}"', cargo, flags=re.MULTILINE)
            assert times == 1, key
        (cls.project / "Cargo.toml").write_text(cargo, encoding="utf-8")
        (cls.project / "CHANGELOG.md").write_text(f"# Changelog\n\n## {VERSION}, 2026-11-30\n\n- News.\n", encoding="utf-8")
        cls.dist = cls.project / "dist"
        run(cls.project / "packaging" / "archive", WHEEL, TARGET, cls.dist)
        cls.name = f"stc-check-{VERSION}-{TARGET}"
        # The formula names every platform; nothing is downloaded for the others here.
        for other in ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-apple-darwin", "aarch64-apple-darwin"):
            if other != TARGET:
                (cls.dist / f"stc-check-{VERSION}-{other}.tar.gz").write_bytes(other.encode())
        run(sys.executable, cls.project / "packaging" / "release.py", "files", cls.dist)

    def test_archive_has_everything_and_runs(self):
        with tarfile.open(self.dist / f"{self.name}.tar.gz") as archive:
            archive.extractall(self.folder)
        root = self.folder / self.name
        found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        self.assertEqual(found, sorted([
            "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "completions/_stc-check",
            "completions/_stc-check.ps1", "completions/stc-check.bash", "completions/stc-check.elv",
            "completions/stc-check.fish", "stc-check", "stc-check.1", "stc-check.cyclonedx.json",
        ]))
        self.assert_works(root / "stc-check")
        self.assertIn('.TH stc-check 1', (root / "stc-check.1").read_text(encoding="utf-8"))
        self.assertIn('"bomFormat"', (root / "stc-check.cyclonedx.json").read_text(encoding="utf-8"))
        run("bash", "-n", root / "completions" / "stc-check.bash")

    def test_binstall_finds_the_program_in_the_archive(self):
        values = {"repo": "https://example.com/acme/stc-check", "name": "stc-check", "bin": "stc-check"}
        values |= {"version": VERSION, "target": TARGET, "binary-ext": ""}
        filled = {
            key: re.sub(r"{ ([\w-]+) }", lambda match: values[match[1]], PACKAGE["metadata"]["binstall"][key])
            for key in ("pkg-url", "bin-dir")
        }
        folder, _, name = filled["pkg-url"].rpartition("/")
        self.assertEqual(folder, f"https://example.com/acme/stc-check/releases/download/v{VERSION}")
        with tarfile.open(self.dist / name) as archive:
            self.assertTrue(archive.getmember(filled["bin-dir"]).mode & 0o100)

    def test_sums_are_what_sha256sum_checks(self):
        run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=self.dist)

    def test_formula_has_the_sum_and_address_of_every_platform(self):
        formula = (self.dist / "stc-check.rb").read_text(encoding="utf-8")
        listed = (self.dist / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(listed), 4)
        for line in listed:
            digest, name = line.split()
            address = f"https://example.com/acme/stc-check/releases/download/v{VERSION}/{name}"
            self.assertIn(f'url "{address}"\n      sha256 "{digest}"', formula)
        self.assertNotRegex(formula, r"@[A-Z]")

    @contextlib.contextmanager
    def served(self, folder):
        """The address of a server on this machine that has these files."""
        quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=folder)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()

    def install(self, downloads, *arguments):
        """Runs the installer as a user does, in a home of its own."""
        environment = ENVIRONMENT | {"HOME": str(self.folder), "STC_CHECK_DOWNLOADS": downloads}
        return run("sh", self.dist / "install.sh", *arguments, env=environment, check=False)

    def test_installer_puts_the_program_where_it_says(self):
        with self.served(self.dist) as address:
            done = self.install(address)
            self.assertEqual(done.returncode, 0, done.stderr)
            program = self.folder / ".local" / "bin" / "stc-check"
            self.assertIn(f"installed: {program} (stc-check {VERSION})", done.stdout)
            self.assertIn("is not in your PATH", done.stdout)
            self.assert_works(program)
            # Again, over the first.
            done = self.install(address, "--to", self.folder / "my tools")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_works(self.folder / "my tools" / "stc-check")
            self.assertEqual(self.install(address).returncode, 0)
        self.assertEqual([path.name for path in program.parent.iterdir()], ["stc-check"])

    def test_installer_refuses_an_archive_that_was_changed(self):
        changed = self.folder / "changed"
        changed.mkdir()
        (changed / f"{self.name}.tar.gz").write_bytes((self.dist / f"{self.name}.tar.gz").read_bytes() + b"\0")
        with self.served(changed) as address:
            done = self.install(address)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"has the SHA-256 sum [0-9a-f]{64} instead of [0-9a-f]{64}: nothing was installed")
        self.assertFalse((self.folder / ".local").exists())

    def test_installer_says_what_could_not_be_downloaded(self):
        with self.served(self.folder) as address:
            done = self.install(address)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{address}/{self.name}.tar.gz could not be downloaded", done.stderr)
        self.assertFalse((self.folder / ".local").exists())

    def test_installer_takes_no_other_option(self):
        done = self.install("http://127.0.0.1:9", "--prefix", "/usr")
        self.assertEqual((done.returncode, "`--prefix` is not an option" in done.stderr), (1, True), done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
