"""Debian's Apache as an ordinary process, with one module in front of a page."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

PORT = int(os.environ["PORTNER_PORT1"])
SITE = f"http://localhost:{PORT}"
MODULES = "/usr/lib/apache2/modules"
CONFIG = """
ServerRoot {dir}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {dir}/pid
ErrorLog {dir}/error.log
LogLevel {level}
DocumentRoot {dir}/htdocs
{user}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule dir_module {modules}/mod_dir.so
Mutex file:{dir} default
"""


class Apache:
    """`pages` are folders with an index page; `more` is configuration that may name `{dir}` and `{modules}`."""

    def __init__(self, pages: dict[str, str], more: str, level: str = "info", files: dict[str, bytes] | None = None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="portner-apache."))
        self.dir.chmod(0o755)
        for name, text in pages.items():
            (self.dir / "htdocs" / name).mkdir(parents=True)
            (self.dir / "htdocs" / name / "index.html").write_text(text)
        for name, content in (files or {}).items():
            (self.dir / name).write_bytes(content)
        user = ""
        if os.getuid() == 0:
            user = "User www-data\nGroup www-data"
            os.chown(self.dir, pwd.getpwnam("www-data").pw_uid, -1)
        head = CONFIG.format(dir=self.dir, port=PORT, user=user, modules=MODULES, level=level)
        text = head + more.replace("{dir}", str(self.dir)).replace("{modules}", MODULES)
        (self.dir / "apache.conf").write_text(text)
        self.process = subprocess.Popen(
            ["/usr/sbin/apache2", "-f", str(self.dir / "apache.conf"), "-DFOREGROUND"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 90
        while True:
            try:
                socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"apache did not start: {self.process.stdout.read().decode()} {self.log()}")
                time.sleep(0.05)

    def log(self) -> str:
        path = self.dir / "error.log"
        return path.read_text() if path.exists() else ""

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=90)
        self.process.stdout.close()
        shutil.rmtree(self.dir)
