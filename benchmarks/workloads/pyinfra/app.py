"""W2 and W3, the tasks of app.yml, in pyinfra's idiom."""

import io
from pathlib import Path

from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import files, server

here = Path(__file__).resolve().parent.parent
app = {
    "app_name": "myapp",
    "app_version": "1.4.2",
    "app_domain": "app.example.com",
    "app_port": 8000,
    "app_tls": True,
    "app_upstreams": ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
}
own = {"user": "myapp", "group": "myapp"}

server.group(group="myapp", gid=4242, system=True)
server.user(
    user="myapp",
    uid=4242,
    group="myapp",
    home="/var/lib/myapp",
    create_home=False,
    ensure_home=False,
    shell="/usr/sbin/nologin",
)
for path, mode in (
    ("/opt/myapp", "755"),
    ("/opt/myapp/releases", "755"),
    ("/opt/myapp/conf", "750"),
    ("/etc/myapp", "750"),
    ("/var/lib/myapp", "700"),
    ("/var/log/myapp", "755"),
):
    files.directory(path, mode=mode, **own)
for number in range(1, 9):
    source, target = here / f"t{number}.j2", f"/opt/myapp/conf/t{number}.conf"
    blocks = {"trim_blocks": True}  # as Ansible renders
    files.template(str(source), target, mode="640", jinja_env_kwargs=blocks, **own, **app)
for number in range(1, 5):
    files.put(str(here / f"c{number}.conf"), f"/etc/myapp/c{number}.conf", mode="640", **own)
files.link("/etc/myapp/conf", target="/opt/myapp/conf")
files.link("/opt/myapp/log", target="/var/log/myapp")
files.link("/opt/myapp/current", target="/opt/myapp/releases")
files.line("/etc/sysctl.conf", line="^vm.swappiness=.*", replace="vm.swappiness=10")
files.line("/etc/environment", line="^MYAPP_HOME=.*", replace="MYAPP_HOME=/opt/myapp")
files.line("/etc/profile", line="^export MYAPP=.*", replace="export MYAPP=1")
files.put(io.StringIO("*/5 * * * * root /opt/myapp/bin/tick\n"), "/etc/cron.d/myapp", mode="644")
for number in (1, 2, 3):
    step = f"/opt/myapp/.step{number}"
    if not host.get_fact(File, step):
        server.shell([f"touch {step}"])
