"""Starts and stops LocalStack for this project: with Docker where an engine answers, else from PyPI.

Only the standard library, and nothing newer than Python 3.9. What it makes lies under .localstack/ (not in git).
STC_CHECK_LOCALSTACK_PORT moves it from port 4566; STC_CHECK_LOCALSTACK_WITHOUT_DOCKER=1 leaves Docker alone.
"""

import contextlib
import fcntl
import glob
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(PROJECT, "localstack")
HOME = os.path.join(PROJECT, ".localstack")
PORT = int(os.environ.get("STC_CHECK_LOCALSTACK_PORT", "4566"))
URL = f"http://127.0.0.1:{PORT}"
STATE = os.path.join(HOME, str(PORT))
PID_FILE = os.path.join(STATE, "pid")
LIFE_FILE = os.path.join(STATE, "life")
LOG_FILE = os.path.join(STATE, "log")
CURRENT = os.path.join(HOME, "current")
KEY_AND_CERTIFICATE = os.path.join(HOME, "certificate.pem")
CERTIFICATE = os.path.join(HOME, "certificate.crt")
SERVICES = ["s3", "kms", "sts", "iam", "s3control"]

# LocalStack 4.12 and later use syntax of Python 3.12; 4.14.0 is the last version that needs no licence token.
REQUIREMENTS = {True: "requirements-python-3.12.txt", False: "requirements-python-3.11.txt"}
PYTHONS = ["3.13", "3.12", "3.14", "3.11"]


def say(text):
    print(f"localstack: {text}", file=sys.stderr, flush=True)


def give_up(text):
    sys.exit(f"localstack: {text}")


@contextlib.contextmanager
def only_one():
    """Two starts (or stops) at once wait for each other, from whichever copy of the project they come."""
    path = os.path.join(tempfile.gettempdir(), f"stc-check-localstack-{os.getuid()}-{PORT}.lock")
    with open(path, "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start or stop is at work: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def health():
    """What LocalStack says of itself, or None where nothing answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{URL}/_localstack/health", timeout=5) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def serves_s3(state):
    return bool(state) and state.get("services", {}).get("s3") in ("running", "available")


def port_is_taken():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def start():
    with only_one():
        state = health()
        if serves_s3(state):
            say(f"version {state.get('version')} already runs at {URL}")
            return
        if port_is_taken():
            give_up(
                f"something that is not LocalStack listens on port {PORT}: "
                "choose another with STC_CHECK_LOCALSTACK_PORT"
            )
        os.makedirs(STATE, exist_ok=True)
        began = time.monotonic()
        if not (docker_answers() and start_with_docker()):
            start_from_pypi()
        say(f"version {health().get('version')} is ready at {URL} after {time.monotonic() - began:.0f} s")


def stop():
    with only_one():
        if os.path.exists(PID_FILE):
            stop_process()
            shutil.rmtree(STATE, ignore_errors=True)
        elif os.path.exists(os.path.join(STATE, "docker")):
            compose("down", "--volumes")
            shutil.rmtree(STATE, ignore_errors=True)
            say("stopped the container")
        elif health():
            give_up(f"the one at {URL} was not started from this copy of the project: it is left running")
        else:
            say("none runs here")


def stop_process():
    with open(PID_FILE, encoding="ascii") as file:
        pid = int(file.read())
    if not lives():
        say("it had ended already")
        return
    os.kill(pid, signal.SIGTERM)
    for _ in range(100):
        if not lives():
            say(f"stopped process {pid}")
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    say(f"killed process {pid}, which had not stopped within 10 s")


def lives():
    """Whether the process that start_from_pypi started still holds its lock."""
    with open(LIFE_FILE, encoding="ascii") as life:
        try:
            fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def run(command, **options):
    """Runs a command whose output matters only when it fails."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        **options,
    )
    if done.returncode != 0:
        give_up(f"`{' '.join(command)}` failed with exit code {done.returncode}:\n{done.stdout}")
    return done.stdout


# ---- Docker ----


def docker_answers():
    if os.environ.get("STC_CHECK_LOCALSTACK_WITHOUT_DOCKER") or not shutil.which("docker"):
        return False
    for question in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            if subprocess.run(question, capture_output=True, timeout=20, check=False).returncode != 0:
                return False
        except subprocess.TimeoutExpired:
            return False
    return True


def compose(*arguments):
    file = os.path.join(PROJECT, "docker-compose.yml")
    return subprocess.run(
        ["docker", "compose", "--project-name", f"stc-check-{PORT}", "--file", file, *arguments],
        env={**os.environ, "STC_CHECK_LOCALSTACK_PORT": str(PORT)}, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False,
    ).returncode == 0


def start_with_docker():
    """Whether it worked: an engine without a way to the registry cannot pull the image."""
    say("a Docker engine answers: starting the container of docker-compose.yml")
    make_certificate_with_openssl(os.path.join(HOME, "docker"))
    if compose("up", "--detach", "--wait") and serves_s3(health()):
        with open(os.path.join(STATE, "docker"), "w", encoding="ascii"):
            pass
        return True
    say("the container did not come up: trying without Docker")
    compose("down", "--volumes")
    return False


def make_certificate_with_openssl(mounted):
    """What certificate.py does for the other way; without openssl the container makes one that no client accepts."""
    os.makedirs(mounted, exist_ok=True)
    both = os.path.join(mounted, "certificate.pem")
    if os.path.exists(both) or not shutil.which("openssl"):
        return
    run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", both, "-out", CERTIFICATE]
    )
    with open(CERTIFICATE, encoding="ascii") as certificate, open(both, "a", encoding="ascii") as target:
        target.write(certificate.read())


# ---- PyPI ----


def start_from_pypi():
    python = install()
    if not os.path.exists(KEY_AND_CERTIFICATE):
        run([python, os.path.join(HERE, "certificate.py"), KEY_AND_CERTIFICATE, CERTIFICATE])
    with open(LOG_FILE, "w", encoding="utf-8") as log, open(LIFE_FILE, "w", encoding="ascii") as life:
        # The process inherits the lock and holds it as long as it lives: process ids are used again.
        fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process = subprocess.Popen(
            [python, os.path.join(HERE, "serve.py")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=STATE, env=environment(),
            start_new_session=True, pass_fds=[life.fileno()],
        )
    with open(PID_FILE, "w", encoding="ascii") as file:
        file.write(str(process.pid))
    for _ in range(240):
        if process.poll() is not None:
            break
        if serves_s3(health()) and "Ready." in log_text():
            return
        time.sleep(0.5)
    process.kill()
    os.remove(PID_FILE)
    give_up(f"it did not become ready; the end of {LOG_FILE}:\n{log_text()[-3000:]}")


def log_text():
    with open(LOG_FILE, encoding="utf-8", errors="replace") as file:
        return file.read()


def environment():
    """Settings of LocalStack; AWS settings of the caller's are no business of its."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **inherited,
        "SERVICES": ",".join(SERVICES),
        "EAGER_SERVICE_LOADING": "1",
        "GATEWAY_LISTEN": f"127.0.0.1:{PORT}",
        "LOCALSTACK_HOST": f"localhost:{PORT}",
        "CUSTOM_SSL_CERT_PATH": KEY_AND_CERTIFICATE,
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "FILESYSTEM_ROOT": os.path.join(STATE, "files"),
        "AWS_EC2_METADATA_DISABLED": "true",
        # It would take the port of the machine's name server, and rewrite /etc/resolv.conf where it sees /.dockerenv.
        "DNS_ADDRESS": "0",
        "OVERRIDE_IN_DOCKER": "0",
        # It talks to nobody.
        "DISABLE_EVENTS": "1",
        "API_ENDPOINT": "http://127.0.0.1:9/v1",
        "ANALYTICS_API": "http://127.0.0.1:9/v1",
    }


def install():
    """The Python of a virtual environment with LocalStack in it; made once for each list of packages."""
    base, version = find_python()
    requirements = os.path.join(HERE, REQUIREMENTS[version >= (3, 12)])
    with open(requirements, "rb") as file:
        digest = hashlib.sha256(file.read() + base.encode()).hexdigest()[:12]
    folder = os.path.join(HOME, f"python-{version[0]}.{version[1]}-{digest}")
    python, finished = os.path.join(folder, "bin", "python"), os.path.join(folder, "finished")
    if os.path.exists(finished):
        return python
    os.makedirs(HOME, exist_ok=True)
    with open(os.path.join(HOME, "install.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(finished):
            fill(folder, python, base, requirements)
            with open(finished, "w", encoding="ascii"):
                pass
    return python


def installed():
    """The same, looked up: for a program that is started often."""
    with contextlib.suppress(OSError, ValueError):
        with open(CURRENT, encoding="utf-8") as file:
            python, lists = json.load(file)
        if lists == lists_of_packages() and os.path.exists(python):
            return python
    python = install()
    with open(f"{CURRENT}.{os.getpid()}", "w", encoding="utf-8") as file:
        json.dump([python, lists_of_packages()], file)
    os.replace(file.name, CURRENT)
    return python


def lists_of_packages():
    """What the lists of packages say now, in short."""
    digest = hashlib.sha256()
    for name in REQUIREMENTS.values():
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def fill(folder, python, base, requirements):
    """Makes a virtual environment with these packages."""
    say(f"installing from PyPI with {base} into {os.path.relpath(folder, PROJECT)} (once; about a minute)")
    shutil.rmtree(folder, ignore_errors=True)
    run([base, "-m", "venv", folder])
    run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "10",
         "--timeout", "60", "--requirement", requirements]
    )


def find_python():
    """The best Python of this machine that can make virtual environments: (path, (major, minor))."""
    for wanted in PYTHONS:
        names = [sys.executable, shutil.which(f"python{wanted}"), shutil.which("python3")]
        names += sorted(glob.glob(os.path.expanduser(f"~/.pyenv/versions/{wanted}.*/bin/python")), reverse=True)
        for path in filter(None, names):
            question = "import ensurepip, ssl, sqlite3, venv, sys; print('%d.%d' % sys.version_info[:2])"
            answer = subprocess.run([path, "-c", question], capture_output=True, text=True, check=False)
            if answer.returncode == 0 and answer.stdout.strip() == wanted:
                return path, tuple(int(part) for part in wanted.split("."))
    return give_up(
        f"no Python of version {', '.join(sorted(PYTHONS))} with the modules venv and ensurepip was found "
        "(on Debian: apt-get install python3 python3-venv)"
    )
