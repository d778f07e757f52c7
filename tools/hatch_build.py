"""A hook of the wheel's build: ships `config/` inside the package, as `bot/_config/`.

Only a real wheel carries the copy. An editable install reads `config/` of the work tree, so that an edit to
`config/rules.toml` is never shadowed by an old copy in site-packages.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConfigInWheel(BuildHookInterface[Any]):
    """Adds `config/` to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before the build; `version` is 'standard' or 'editable'."""
        if version == "standard":
            build_data["force_include"]["config"] = "bot/_config"
