"""Settings: what a test may switch."""

from sandbox.control import representations as show
from sandbox.control.desk import Body, Desk
from sandbox.kernel.errors import Invalid
from sandbox.kernel.request import Reply


class Settings(Desk):
    """Those of a namespace."""

    __slots__ = ()

    def get_settings(self) -> Reply:
        known = self._sandbox.settings.values()
        return {"settings": [show.setting(s, self._world.setting(s)) for s in known]}, 200

    def change_settings(self, body: Body) -> Reply:
        known = self._sandbox.settings
        for name, value in body.items():
            if name not in known:
                msg = f"There is no setting {name!r}; there are {', '.join(sorted(known))}"
                raise Invalid(msg, field=name, value=value)
            self._world.settings = self._world.settings.set(name, known[name].accept(value))
        return self.get_settings()
