"""What is printed once the server listens."""

from sandbox import __version__
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.sandbox import DEFAULT, Sandbox


def greeting(sandbox: Sandbox, tls_port: int | None = None) -> str:
    """URLs, credentials, the clock if it is frozen, and a first request to paste."""
    namespace = sandbox.get(DEFAULT)
    world = namespace.world
    lines = [f"Monetization Sandbox {__version__} at {sandbox.url} with scenario {namespace.origin.scenario}"]
    for name, url in sandbox.urls(DEFAULT).items():
        welcome = sandbox.apis[name].welcome(world, url)
        if welcome:
            lines += ["", f"  {name}  {url}", *(f"    {line}" for line in welcome)]
    lines += ["", f"  documentation  {sandbox.url}/"]
    if tls_port is not None:
        lines.append(f"  over TLS       {_secure_url(sandbox.url, tls_port)}, and the vendors' hosts")
    lines.append(f"  control plane  {sandbox.url}/__admin, described at {sandbox.url}/docs/control/")
    if sandbox.door.made_up:
        lines.append(f"  admin token    {sandbox.admin_token}")
    if world.clock.frozen is not None:
        lines.append(f"  clock          frozen at {iso_ms(world.now)}; move it with POST /__admin/clock/shift")
    return "\n".join(lines)


def _secure_url(url: str, port: int) -> str:
    return f"https{url.removeprefix('http').rpartition(':')[0]}:{port}"
