"""A page behind Apache with mod_auth_openidc, another certified client: as a province's older systems are connected."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.journeys.browser import Person
from tests.journeys.conftest import PASSWORD, free_port
from tests.journeys.product import Product
from tests.journeys.systems import elsewhere, registered

pytestmark = pytest.mark.journey
MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("mpm_prefork", "authz_core", "authz_user", "authn_core", "dir", "auth_openidc")
SETTINGS = """ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
LogLevel auth_openidc:info
Timeout 20
StartServers 2
{modules}
User www-data
Group www-data
DocumentRoot {folder}/pages
DirectoryIndex index.html
ForceType "text/html; charset=utf-8"
OIDCProviderMetadataURL {origin}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI {address}/in/back
OIDCCryptoPassphrase {passphrase}
OIDCPKCEMethod S256
OIDCScope "openid profile"
OIDCRemoteUserClaim preferred_username
OIDCHTTPTimeoutLong 15
OIDCHTTPTimeoutShort 15
<Location /in/>
  AuthType openid-connect
  Require user chuyenvien
</Location>
"""


class Apache:
    """A server of its own in a folder that its unprivileged processes may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, origin: str, client_id: str, secret: str) -> None:
        (self.folder / "pages" / "in").mkdir(parents=True)
        (self.folder / "pages" / "in" / "index.html").write_text("<h1>Trang sau Apache</h1>", encoding="utf-8")
        modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED)
        written = self.folder / "httpd.conf"
        written.write_text(
            SETTINGS.format(
                folder=self.folder, port=self.port, address=self.address, origin=origin, modules=modules,
                client_id=client_id, secret=secret, passphrase=secrets.token_hex(16),
            ),
            encoding="utf-8",
        )  # fmt: skip
        command = [shutil.which("apache2") or "/usr/sbin/apache2", "-f", str(written), "-DFOREGROUND"]
        # In a group of its own: when it ends it ends its whole group, which would be the tests too.
        self._process = subprocess.Popen(command, start_new_session=True)
        for _ in range(100):
            assert self._process.poll() is None, self.log()
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.2)
        raise AssertionError(f"Apache did not come up:\n{self.log()}")

    def log(self) -> str:
        path = self.folder / "error.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=20)


@pytest.fixture
def apache() -> Iterator[Apache]:
    if not (MODULES / "mod_auth_openidc.so").exists():
        pytest.skip("needs Debian's apache2-bin and libapache2-mod-auth-openidc; .ci/run installs them")
    # Not pytest's own folder: that one is closed to everybody else, Apache's www-data too.
    with tempfile.TemporaryDirectory(prefix="tinhso-apache-") as folder:
        Path(folder).chmod(0o755)
        one = Apache(Path(folder))
        yield one
        one.stop()
        print(one.log())


def test_apache_with_its_certified_module_signs_officers_in(
    product: Product, person: Callable[..., Person], apache: Apache
) -> None:
    admin = person("system admin", username="quantriketnoi")
    client_id, secret = registered(admin, "Ứng dụng sau Apache", back=f"{apache.address}/in/back")
    apache.start(product.origin, client_id, secret)
    page_behind = f"{apache.address}/in/"

    officer = person("handler", username="chuyenvien", fresh=True)
    with elsewhere(officer) as page:
        page.goto(page_behind)
        page.get_by_text("Trang sau Apache").wait_for()
    # Another officer is known, and is not let in there: that is Apache's to decide.
    other = person("clerk", username="tiepnhan", fresh=True)
    with elsewhere(other) as page:
        answer = page.goto(page_behind)
        assert answer is not None
        assert answer.status in (401, 403)
    # Nobody signed in: through the province's own page, and on.
    stranger = person("nobody", fresh=True)
    with elsewhere(stranger) as page:
        page.goto(page_behind)
        page.locator("[name=login]").fill("chuyenvien")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Đăng nhập", exact=True).click()
        page.get_by_text("Trang sau Apache").wait_for()
    # Without a session: a forged answer to the address that the code comes back to opens nothing.
    with elsewhere(person("nobody", fresh=True)) as page:
        answer = page.goto(f"{apache.address}/in/back?code=forged&state=forged")
        assert answer is not None
        assert "Trang sau Apache" not in page.content()
